using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Search;

public sealed class SearchQueryTests
{
    private static readonly FakeTimeProvider s_time = new(new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("", "all()")]
    [InlineData("   ", "all()")]
    [InlineData("invoice", "any:invoice*")]
    [InlineData("Über Straße", "all(any:uber* any:strasse*)")]
    [InlineData("\"two words\"", "any:\"two words\"")]
    [InlineData("\u201ctwo words\u201d", "any:\"two words\"")]
    [InlineData("\"say \\\"hi\\\" now\"", "any:\"say hi now\"")]
    [InlineData("-spam", "not(any:spam*)")]
    [InlineData("!spam", "not(any:spam*)")]
    [InlineData("--spam", "any:spam*")]
    [InlineData("-\"two words\" x", "all(not(any:\"two words\") any:x*)")]
    [InlineData("from:alice@example.com", "from:\"alice example com*\"")]
    [InlineData("FROM:Alice", "from:alice*")]
    [InlineData("subject:\"two words\"", "subject:\"two words\"")]
    [InlineData("subject:\"open end", "subject:\"open end\"")]
    [InlineData("to:a cc:b bcc:c rcpt:d addressed:e filename:f.pdf header:x-g:h body:i", "all(to:a* cc:b* bcc:c* recipient:d* addressed:e* filename:\"f pdf*\" header:\"x g h*\" body:i*)")]
    [InlineData("is:read is:UNREAD is:pinned is:unpinned", "all(read=True read=False pinned=True pinned=False)")]
    [InlineData("has:attachment -has:attachments", "all(attachment not(attachment))")]
    [InlineData("tag:\"my tag\" mailbox:1 mailbox:default", "all(tag=my tag mailbox=1 mailbox=default)")]
    [InlineData("message-id:<a@b>", "id=a@b")]
    [InlineData("larger:10 smaller:10K larger:5M smaller:2gb larger:1B", "all(>10 <10240 >5242880 <2147483648 >1)")]
    [InlineData("before:2026-11-23 after:2026-11-23T10:00Z", "all(before=2026-11-23T00:00Z after=2026-11-23T10:00Z)")]
    [InlineData("before:2026-11-23T10:00+02:00", "before=2026-11-23T08:00Z")]
    [InlineData("after:7d before:24h after:30m after:1w", "all(after=2026-11-16T12:00Z before=2026-11-22T12:00Z after=2026-11-23T11:30Z after=2026-11-16T12:00Z)")]
    [InlineData("after:99999999999999999d", "after=1970-01-01T00:00Z")]
    [InlineData("請求書", "any:\"請 求 書*\"")]
    [InlineData("a OR b", "one(any:a* any:b*)")]
    [InlineData("a b OR c", "one(all(any:a* any:b*) any:c*)")]
    [InlineData("a (b OR c)", "all(any:a* one(any:b* any:c*))")]
    [InlineData("-(a OR b) c", "all(not(one(any:a* any:b*)) any:c*)")]
    [InlineData("(from:a OR from:b)is:read", "all(one(from:a* from:b*) read=True)")]
    [InlineData("or OR ORDER", "one(any:or* any:order*)")]
    [InlineData("OR a OR", "any:a*")]
    [InlineData("(a", "any:a*")]
    [InlineData("a)", "any:a*")]
    [InlineData("(f(x) OR y)", "one(any:\"f x*\" any:y*)")]
    [InlineData("() a", "any:a*")]
    [InlineData("Re: invoice", "all(any:re* any:invoice*)")]
    [InlineData("https://x.test/y", "any:\"https x test y*\"")]
    [InlineData("this & that -", "all(any:this* any:that*)")]
    public void Queries_are_read(string text, string expected)
    {
        var query = SearchQuery.Parse(text, s_time);
        Assert.Null(query.Problem);
        Assert.Equal(expected, Show(query.Root));
    }

    [Theory]
    [InlineData("from:", "from: has no value. Write it directly behind the colon, as in from:alice@example.com or from:alice.")]
    [InlineData("from: alice", "from: has no value")]
    [InlineData("subject:\"\"", "subject: has no value")]
    [InlineData("subject:...", "subject:... is not understood. Write subject:word")]
    [InlineData("is:red", "is:red is not understood. Write is:read, is:unread")]
    [InlineData("has:fun", "has:attachment")]
    [InlineData("larger:big", "larger:5M")]
    [InlineData("larger:-5", "larger:5M")]
    [InlineData("larger:99999999999999999999", "larger:5M")]
    [InlineData("larger:9999999999G", "larger:5M")]
    [InlineData("larger:K", "larger:5M")]
    [InlineData("larger:b", "larger:5M")]
    [InlineData("before:yesterday", "before:2026-11-23")]
    [InlineData("before:2026-13-01", "before:2026-11-23")]
    [InlineData("after:d", "after:7d")]
    [InlineData("message-id:<>", "message-id:abc@example.com")]
    [InlineData("&", "no letter and no digit")]
    [InlineData("(((((((((((((((a", "more than 8 deep")]
    public void What_is_wrong_is_said_and_finds_nothing(string text, string part)
    {
        var query = SearchQuery.Parse(text, s_time);
        Assert.Contains(part, query.Problem, StringComparison.Ordinal);
        Assert.Equal("one()", Show(query.Root));
        Assert.False(query.IsEmpty);
    }

    [Fact]
    public void Length_and_number_of_terms_are_bounded()
    {
        Assert.Null(SearchQuery.Parse(new('a', 1000), s_time).Problem);
        Assert.Contains("longer than 1000", SearchQuery.Parse(new('a', 1001), s_time).Problem, StringComparison.Ordinal);
        Assert.Null(SearchQuery.Parse(string.Join(' ', Enumerable.Repeat("a", 50)), s_time).Problem);
        Assert.Contains("more than 50", SearchQuery.Parse(string.Join(' ', Enumerable.Repeat("a", 51)), s_time).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_throws_and_every_word_has_a_token()
    {
        string[] pieces = ["a", "OR", " ", "\"", "\\", "(", ")", "-", "!", ":", "from:", "is:", "read", "larger:", "5", "M", "before:", "2026-11-23", "T10:00Z", "7d", "漢", "\ud800", "\0", "\u201c", "tag:", "message-id:", "<", ">"];
        var texts = Gen.OneOf(Gen.Elements(pieces).ArrayOf().Select(string.Concat), ArbMap.Default.ArbFor<string>().Generator);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261123, 4003), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var query = SearchQuery.Parse(text, s_time);
            Show(query.Root);
            Assert.NotEqual("", query.Problem);
        }));
    }

    private static string Show(SearchNode node) => node switch
    {
        SearchAnd and => $"all({string.Join(' ', and.Nodes.Select(Show))})",
        SearchOr or => $"one({string.Join(' ', or.Nodes.Select(Show))})",
        SearchNot not => $"not({Show(not.Node)})",
        SearchWords words => Show(words),
        SearchFlag flag => $"{flag.Name.ToString().ToLowerInvariant()}={flag.IsSet}",
        SearchHasAttachment => "attachment",
        SearchTag tag => $"tag={tag.Tag}",
        SearchMessageId id => $"id={id.MessageId}",
        SearchMailbox mailbox => $"mailbox={mailbox.IdOrName}",
        SearchLarger larger => $">{larger.Bytes}",
        SearchSmaller smaller => $"<{smaller.Bytes}",
        SearchBefore before => $"before={Show(before.Time)}",
        SearchAfter after => $"after={Show(after.Time)}",
        _ => throw new InvalidOperationException(node.ToString()),
    };

    private static string Show(SearchWords words)
    {
        Assert.NotEmpty(words.Tokens);
        Assert.Equal(words.Tokens.Count > 1, words.IsPhrase);
        var text = string.Join(' ', words.Tokens) + (words.IsPrefix ? "*" : "");
        return $"{words.Field.ToString().ToLowerInvariant()}:{(words.IsPhrase || !words.IsPrefix ? $"\"{text}\"" : text)}";
    }

    private static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);
}
