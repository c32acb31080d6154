using System.Globalization;
using System.Text;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests;

/// <summary><c>docs/conformance.md</c>: which clause is kept, and the transcript that shows it.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void The_conformance_table_is_the_transcripts() => Repository.AssertApproved("docs/conformance.md", Print());

    [Fact]
    public void Titles_are_unique_and_tell_their_clause()
    {
        var titles = Transcript.Names().Select(name => Transcript.Load(name).Title).ToArray();

        Assert.All(titles, title => Assert.Matches(@"^(RFC \d{4} \d[\d.]*|PRDR \d[\d.]*|PROXY \d[\d.]*|XCLIENT|XFORWARD|House): .+\.$", title));
        Assert.Equal(titles.Length, titles.Distinct(StringComparer.Ordinal).Count());
    }

    private static string Print()
    {
        var entries = Transcript.Names().Select(name => (Name: name, Parts: Transcript.Load(name).Title.Split(": ", 2)))
            .Select(entry => (entry.Name, Clause: entry.Parts[0], Rule: entry.Parts[1])).ToArray();
        var text = new StringBuilder();
        text.Append("# Conformance\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{entries.Length} dialogues, each with what the server must answer. Printed from the titles in `tests/Smtpd.Tests/Transcripts`;\n");
        text.Append("after a change run the tests with `APPROVE=1`. A dialogue is played whole, line by line, by 1, 2, 3 and 7 octets, and cut in two at every octet.\n");
        foreach (var document in entries.GroupBy(entry => Document(entry.Clause), StringComparer.Ordinal).OrderBy(group => group.Key == "House").ThenBy(group => !group.Key.StartsWith("RFC ", StringComparison.Ordinal)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {(document.Key == "House" ? "Of our own" : document.Key)}\n\n| clause | rule | dialogue |\n|---|---|---|\n");
            foreach (var entry in document.OrderBy(entry => SortKey(entry.Clause), StringComparer.Ordinal).ThenBy(entry => entry.Name, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"| {Section(entry.Clause)} | {Escape(entry.Rule)} | [{entry.Name}](../tests/Smtpd.Tests/Transcripts/{entry.Name}.smtp) |\n");
        }

        return text.ToString();
    }

    private static string Document(string clause) => clause.LastIndexOf(' ') is var blank and >= 0 ? clause[..blank] : clause;

    private static string Section(string clause) => clause.LastIndexOf(' ') is var blank and >= 0 ? "§" + clause[(blank + 1)..] : string.Empty;

    private static string SortKey(string clause) =>
        string.Join('.', Section(clause).TrimStart('§').Split('.').Select(number => number.PadLeft(3, '0')));

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal);
}
