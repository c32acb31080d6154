using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Search;

public sealed class SearchHighlighterTests
{
    [Theory]
    [InlineData("invoi", "Your invoice is ready", "Your [invoice] is ready")]
    [InlineData("\"invoi\"", "Your invoice is ready", null)]
    [InlineData("\"is ready\"", "Your invoice is ready", "Your invoice [is ready]")]
    [InlineData("grusse", "Viele Grüße!", "Viele [Grüße]!")]
    [InlineData("求書", "請求書です", "請[求書]です")]
    [InlineData("a b", "a\r\nb c", "[a]  [b] c")]
    [InlineData("ab a", "abc a", "[abc] [a]")]
    [InlineData("-ready", "Your invoice is ready", null)]
    [InlineData("x OR ready", "Your invoice is ready", "Your invoice is [ready]")]
    [InlineData("subject:ready", "Your invoice is ready", "Your invoice is [ready]")]
    [InlineData("from:ready", "Your invoice is ready", null)]
    [InlineData("", "text", null)]
    public void What_is_found_is_marked(string query, string subject, string? expected) => Assert.Equal(expected, Marked(query, SearchField.Subject, subject));

    [Fact]
    public void The_best_place_of_a_long_text_is_shown()
    {
        var filler = string.Concat(Enumerable.Repeat("lorem ipsum ", 100));
        var marked = Marked("alpha beta", SearchField.Body, $"{filler} alpha {filler} alpha and beta {filler}");
        Assert.Contains("[alpha] and [beta]", marked, StringComparison.Ordinal);
        Assert.InRange(marked!.Length, 100, SearchHighlighter.MaximumFragmentLength + 4);
    }

    [Fact]
    public void Each_text_is_shown_for_itself()
    {
        var found = SearchHighlighter.Find(Query("alice report"), new SearchText(SearchField.From, "Alice <a@x.test>"), new(SearchField.Subject, "Report"), new(SearchField.Body, null), new(SearchField.Header, "report"));
        Assert.Equal([SearchField.From, SearchField.Subject], found.Select(each => each.Field));
    }

    [Fact]
    public void Ranges_lie_in_the_fragment_and_do_not_touch()
    {
        string[] pieces = ["a", "ab", "abc", " ", "  ", "é", "漢", "字", "\ud83d\ude00", "\n", "-", new string('a', 200), new string(' ', 50), new string('\u0301', 50)];
        var cases = Gen.Elements("a", "ab b", "\"a ab\" 漢", "漢字", "e OR abc").Zip(Gen.Elements(pieces).ArrayOf().Select(string.Concat));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261123, 4005), Prop.ForAll(cases.ToArbitrary(), each =>
        {
            foreach (var found in SearchHighlighter.Find(Query(each.Item1), new SearchText(SearchField.Body, each.Item2)))
            {
                Assert.InRange(found.Fragment.Length, 1, SearchHighlighter.MaximumFragmentLength);
                Assert.NotEmpty(found.Ranges);
                var end = -1;
                foreach (var range in found.Ranges)
                {
                    Assert.InRange(range.Start, end + 1, found.Fragment.Length - 1);
                    Assert.InRange(range.Length, 1, found.Fragment.Length - range.Start);
                    end = range.Start + range.Length;
                }
            }
        }));
    }

    private static SearchQuery Query(string text) => SearchQuery.Parse(text, TimeProvider.System);

    private static string? Marked(string query, SearchField field, string text)
    {
        if (SearchHighlighter.Find(Query(query), new SearchText(field, text)) is not [var found])
            return null;
        var marked = found.Fragment;
        foreach (var range in found.Ranges.Reverse())
            marked = marked.Insert(range.Start + range.Length, "]").Insert(range.Start, "[");
        return marked;
    }
}
