namespace Smtpd.Server.Tests.Mime;

/// <summary>The messages beside this file. Their folder's README says where they are from.</summary>
internal static class Corpus
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Mime", "Corpus");

    /// <summary>Names of the messages, relative to the folder.</summary>
    public static IEnumerable<string> Messages => Files.Where(each => each.EndsWith(".eml", StringComparison.Ordinal) || each.EndsWith(".msg", StringComparison.Ordinal)
        || each.Contains("python-email/msg_", StringComparison.Ordinal));

    /// <summary>Everything: what is no message must be read as well.</summary>
    public static IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Select(each => Path.GetRelativePath(Folder, each)).Order(StringComparer.Ordinal);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));
}
