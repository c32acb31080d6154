using Smtpd.Server.Reading;

namespace Smtpd.Server.Tests.Reading;

public sealed class MessageLinksTests
{
    [Theory]
    [InlineData("<a href='https://x.test/?a=1&amp;b=2'>Go <b>there</b> <img src=cid:i alt=now></a>", "Image cid:i [now] Html|Link https://x.test/?a=1&b=2 [Go there now] Html")]
    [InlineData("<a href=https://x.test/1>one<a href=https://x.test/2>two", "Link https://x.test/1 [one] Html|Link https://x.test/2 [two] Html")]
    [InlineData("<a href=#top>up</a><a>none</a><a href=''>empty</a><img src='data:image/png;base64,AA'>", "")]
    [InlineData("<area href=https://x.test/ alt=Map><img src=https://x.test/i.png alt=Logo>", "Link https://x.test/ [Map] Html|Image https://x.test/i.png [Logo] Html")]
    [InlineData("<a href='mailto:a@x.test'>Write</a>", "Mailto mailto:a@x.test [Write] Html")]
    [InlineData("<a href=https://x.test/u>Unsubscribe</a><a href=https://x.test/optout>x</a><a href=https://x.test/a>Newsletter abbestellen</a>", "Unsubscribe https://x.test/u [Unsubscribe] Html|Unsubscribe https://x.test/optout [x] Html|Unsubscribe https://x.test/a [Newsletter abbestellen] Html")]
    [InlineData("<p>See https://x.test/a, or (http://x.test/b).</p><script>https://x.test/c</script>", "Link https://x.test/a [] Html|Link http://x.test/b [] Html")]
    [InlineData("<a href=https://x.test/>x</a><a href=https://x.test/>y</a>https://x.test/", "Link https://x.test/ [x] Html")]
    public void Html_is_searched(string html, string expected) => Assert.Equal(expected, Show(MessageLinks.Of(html, null)));

    [Theory]
    [InlineData("Go to https://x.test/path?q=1#f. Then", "https://x.test/path?q=1#f")]
    [InlineData("<https://x.test/a>", "https://x.test/a")]
    [InlineData("(see https://x.test/wiki/A_(b)) and HTTP://X.test!", "https://x.test/wiki/A_(b)|HTTP://X.test")]
    [InlineData("mailto:a@x.test mailto: http:// https: xhttps://y.test", "mailto:a@x.test")]
    [InlineData("\"https://x.test/\",'http://y.test/'", "https://x.test/|http://y.test/")]
    [InlineData("https://例え.test/パス。次", "https://例え.test/パス")]
    [InlineData("nothing: here::", "")]
    public void Text_is_searched(string text, string expected) => Assert.Equal(expected, string.Join('|', MessageLinks.Of(null, text).Select(each => each.Url)));

    [Fact]
    public void The_header_field_is_searched() => Assert.Equal("Unsubscribe mailto:off@x.test?subject=u [] Header|Unsubscribe https://x.test/u [] Header",
        Show(MessageLinks.Of(null, null, "<mailto:off@x.test?subject=u>, <https://x.test/u>, nonsense")));

    [Fact]
    public void There_are_never_more_than_a_thousand()
    {
        Assert.Equal(MessageLinks.MaximumLinks, MessageLinks.Of(null, string.Concat(Enumerable.Range(0, 5000).Select(each => $"http://x.test/{each} "))).Count);
        Assert.Empty(MessageLinks.Of($"<a href=\"http://x.test/{new string('a', 10_000)}\">x</a>", null));
    }

    private static string Show(IEnumerable<MessageLink> links) => string.Join('|', links.Select(each => $"{each.Kind} {each.Url} [{each.Text}] {each.Place}"));
}
