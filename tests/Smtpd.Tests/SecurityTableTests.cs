using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Smtpd.Tests;

/// <summary><c>docs/security-tests.md</c>: every attack has a test that is there, or a reason why it needs none.</summary>
public sealed partial class SecurityTableTests
{
    private static readonly string[] Rows = [.. File.ReadLines(Repository.PathOf("docs/security-tests.md")).Where(static line => Row().IsMatch(line))];

    private static readonly string[] Dialogues =
        [.. NamesIn("tests/Smtpd.Tests/Transcripts", ""), .. NamesIn("tests/Smtpd.Server.Tests/Transcripts", "program/")];

    // Tests of all projects, by their source: this one knows the library only.
    private static readonly HashSet<string> Tests = [.. Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories).SelectMany(MethodsOf)];

    [Fact]
    public void Every_test_that_is_named_is_there()
    {
        var named = Rows.SelectMany(static row => Name().Matches(row)).Select(static match => match.Groups["name"].Value).ToArray();

        Assert.All(named, static name => Assert.True(
            name.Contains('/', StringComparison.Ordinal) ? Dialogues.Any(each => FileSystemName.MatchesSimpleExpression(name, each, ignoreCase: false)) : Tests.Contains(name),
            $"{name} is no test"));
        Assert.True(named.Length > 200, $"only {named.Length} names were found");
    }

    [Fact]
    public void Every_attack_has_a_test_or_a_reason()
    {
        Assert.All(Rows, static row => Assert.True(
            Name().IsMatch(row) || row.Contains("not applicable, because", StringComparison.Ordinal) || row.Contains("not there yet", StringComparison.Ordinal), row));
        var numbers = Rows.Select(static row => row.Split('|')[1].Trim()).ToArray();
        Assert.Equal(numbers.Length, numbers.Distinct(StringComparer.Ordinal).Count());
        // None has been lost: each letter counts from 1.
        Assert.All(numbers.GroupBy(static number => number[0]), static group => Assert.Equal(
            Enumerable.Range(1, group.Count()).Select(count => $"{group.Key}{count}"), group));
    }

    private static IEnumerable<string> NamesIn(string folder, string prefix) => Directory.EnumerateFiles(Repository.PathOf(folder), "*.smtp", SearchOption.AllDirectories)
        .Select(path => prefix + Path.ChangeExtension(Path.GetRelativePath(Repository.PathOf(folder), path), null).Replace('\\', '/'));

    private static IEnumerable<string> MethodsOf(string path) =>
        Method().Matches(File.ReadAllText(path)).Select(match => $"{Path.GetFileName(path).Split('.')[0]}.{match.Groups["name"].Value}");

    [GeneratedRegex(@"^\| [A-Z][0-9]+ \|", RegexOptions.NonBacktracking)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>[A-Za-z]+Tests\\.[A-Za-z0-9_]+|MessageStoreContract\\.[A-Za-z0-9_]+|(?:rfc[0-9]+|house|proxy|prdr|xclient|xforward|program)/[^`]+)`", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"^\s+public (?:async )?(?:Task|void) (?<name>[A-Za-z0-9_]+)\(", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Method();
}
