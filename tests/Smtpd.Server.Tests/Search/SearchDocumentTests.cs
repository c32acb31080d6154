using System.Text;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Search;

public sealed class SearchDocumentTests
{
    private static readonly SearchSource s_source = new()
    {
        Subject = "Rechnung für Oktober",
        From = ["Alice Ünal <alice@example.com>"],
        To = ["bob@x.test", "Carol <carol@x.test>"],
        Cc = ["dave@x.test"],
        Bcc = ["eve@x.test"],
        Recipients = ["bob@x.test", "eve@x.test"],
        FileNames = ["Bericht-2026.pdf"],
        Headers = [new("X-Campaign", "winter"), new("DKIM-Signature", "v=1; b=secretnoise"), new("ARC-Seal", "secretnoise"), new("List-Id", "news")],
        Body = "The quick brown fox",
    };

    [Theory]
    [InlineData("rechn", true)]
    [InlineData("\"rechn\"", false)]
    [InlineData("rechnung", true)]
    [InlineData("\"quick brown\"", true)]
    [InlineData("\"quick fox\"", false)]
    [InlineData("\"oktober the\"", false)]
    [InlineData("subject:quick", false)]
    [InlineData("from:alice@example", true)]
    [InlineData("from:unal", true)]
    [InlineData("from:bob", false)]
    [InlineData("addressed:eve@x.test", true)]
    [InlineData("eve", false)]
    [InlineData("rcpt:eve", true)]
    [InlineData("rcpt:carol", false)]
    [InlineData("filename:bericht-2026.pdf", true)]
    [InlineData("bericht", true)]
    [InlineData("header:\"x-campaign winter\"", true)]
    [InlineData("header:secretnoise", false)]
    [InlineData("winter", false)]
    public void Words_are_found_where_they_are(string query, bool isFound)
    {
        var words = Assert.IsType<SearchWords>(SearchQuery.Parse(query, TimeProvider.System).Root);
        Assert.Equal(isFound, SearchDocument.Of(s_source).Has(words));
    }

    [Fact]
    public void Nothing_to_index_is_nothing() => Assert.All(SearchFields.All, each => Assert.Equal("", SearchDocument.Of(new())[each]));

    [Fact]
    public void Each_column_has_its_limit()
    {
        var document = SearchDocument.Of(new() { Headers = [.. Enumerable.Range(0, 10_000).Select(each => new KeyValuePair<string, string>("X", $"y{each}"))], Body = new string('a', 2 << 20) + " end" });
        Assert.InRange(document.Headers.Length, 10_000, SearchDocument.MaximumHeaderLength);
        Assert.Equal(SearchTokenReader.MaximumTokenLength, document.Body.Length);
    }

    [Fact]
    public void Ordinary_text_is_indexed_whole_and_random_words_until_a_tsvector_is_full()
    {
        var ordinary = string.Concat(Enumerable.Repeat("some words of a text that goes on ", 30_000));
        Assert.InRange(SearchDocument.Of(new() { Body = ordinary }).Body.Length, ordinary.Length - 2, ordinary.Length);
        StringBuilder random = new();
        for (var i = 0; random.Length < SearchDocument.MaximumBodyLength; i++)
            random.Append('漢').Append(i.ToString("x", null)).Append(' ');
        var body = SearchDocument.Of(new() { Body = random.ToString() }).Body;
        Assert.InRange(body.Split(' ').Distinct().Sum(each => Encoding.UTF8.GetByteCount(each) + 4), 500_000, (1 << 20) - 1);
    }
}
