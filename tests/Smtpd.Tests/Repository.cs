namespace Smtpd.Tests;

/// <summary>The checkout the tests run in: approved files live there, not beside the assembly.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static bool Approving => Environment.GetEnvironmentVariable("APPROVE") == "1";

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Compares a printed text with its committed file; with <c>APPROVE=1</c> writes the file first.</summary>
    public static void AssertApproved(string relative, string printed)
    {
        var path = PathOf(relative);
        if (Approving)
            File.WriteAllText(path, printed);
        var committed = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (committed == printed)
            return;

        var was = committed.Split('\n').ToHashSet(StringComparer.Ordinal);
        var now = printed.Split('\n').ToHashSet(StringComparer.Ordinal);
        var difference = was.Except(now, StringComparer.Ordinal).Select(line => "- " + line)
            .Concat(now.Except(was, StringComparer.Ordinal).Select(line => "+ " + line));
        Assert.Fail($"{relative} is stale. Run the tests with APPROVE=1 and read the difference:\n{string.Join('\n', difference)}");
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Smtpd.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside a checkout: no Smtpd.slnx above them.");
        return folder;
    }
}
