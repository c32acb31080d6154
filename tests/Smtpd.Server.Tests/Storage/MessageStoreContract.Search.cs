using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about search, apart from the one law.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_hit_has_the_message_and_the_beginning_of_its_text()
    {
        var message = NewMessage(summary: HeaderSummary.Empty with { Subject = "Hello" });
        await StoreAsync(message, Octets(IndexedMessage.SmallestWithExcerpt));
        await IndexAsync(message.Id, "some words", excerpt: "Some \0 words 😀");
        var hit = Assert.Single(await SearchAsync("some"));
        Assert.Equal(("Hello", IndexedMessage.SmallestWithExcerpt, 1L), (hit.Message.Summary.Subject, hit.Message.Size, hit.Message.Uid));
        Assert.Null(hit.Content);
        Assert.StartsWith("Some ", hit.Excerpt, StringComparison.Ordinal);
        Assert.EndsWith(" words 😀", hit.Excerpt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hit_that_is_small_has_its_octets()
    {
        var octets = Octets(IndexedMessage.SmallestWithExcerpt - 1);
        var message = NewMessage();
        await StoreAsync(message, octets);
        await IndexAsync(message.Id, "some words");
        Assert.Equal(octets, Assert.Single(await SearchAsync("some")).Content);
    }

    [Theory]
    [InlineData("word")]
    [InlineData("")]
    [InlineData("is:unread")]
    [InlineData("tag:red")]
    public async Task Results_are_paged_by_key(string query)
    {
        var second = await AddAsync("second");
        for (var i = 1; i <= 5; i++)
        {
            await ShareAsync(second.Id);
            await Store.ChangeAsync(1, [i], new(Tags: ["Red"]), Cancel);
            await Store.ChangeAsync(second.Id, [i], new(Tags: ["red"]), Cancel);
        }

        var page = await SearchAsync(query, limit: 3);
        Assert.Equal([(second.Id, 5L), (1, 5L), (second.Id, 4L)], Places(page));
        await Store.DeleteAsync(second.Id, [4], Cancel);
        Assert.Equal([(1, 4L), (second.Id, 3L)], Places(await SearchAsync(query, after: page[^1].Cursor, limit: 2)));
        Assert.Equal([(second.Id, 5L)], Places(await SearchAsync(query, after: new(page[0].Message.Id, 1), descending: false)));
        Assert.Equal([(1, 3L), (1, 2L)], Places(await SearchAsync(query, [1], after: new(page[2].Message.Id, 1), limit: 2)));
        Assert.Equal([(1, 1L), (second.Id, 1L), (1, 2L)], Places(await SearchAsync(query, [1, second.Id], limit: 3, descending: false)));
        Assert.Empty(await SearchAsync(query, []));
    }

    [Fact]
    public async Task Nobody_finds_by_the_recipients_of_somebody_else()
    {
        var second = await AddAsync("second");
        var message = NewMessage(deliveries: [new(1, ["anna@y.test"]), new(second.Id, ["secret@z.test"])]);
        await StoreAsync(message, Octets(10));
        await Store.IndexAsync([new(message.Id, MessageReading.Empty, SearchDocument.Of(new()), "", [new(1, "anna y test", ""), new(second.Id, "secret z test", "secret z test")])], Cancel);
        foreach (var query in new[] { "rcpt:secret", "bcc:secret@z.test", "addressed:secr" })
        {
            Assert.Empty(await SearchAsync(query, [1]));
            Assert.Equal([(second.Id, 1L)], Places(await SearchAsync(query)));
            Assert.Equal([(second.Id, 1L)], Places(await SearchAsync(query, [1, second.Id])));
            Assert.Equal([(1, 1L)], Places(await SearchAsync("-" + query)));
        }
    }

    [Fact]
    public async Task A_message_that_left_a_mailbox_is_not_found_there()
    {
        var second = await AddAsync("second");
        await ShareAsync(second.Id);
        await Store.DeleteAsync(1, [1], Cancel);
        Assert.Empty(await SearchAsync("word", [1]));
        Assert.Equal([(second.Id, 1L)], Places(await SearchAsync("word")));
        await Store.RemoveMailboxAsync(second.Id, Cancel);
        Assert.Empty(await SearchAsync("word"));
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task A_query_that_is_wrong_finds_nothing()
    {
        await ShareAsync((await AddAsync("second")).Id);
        Assert.NotNull(SearchQuery.Parse("before:nonsense", TimeProvider.System).Problem);
        Assert.Empty(await SearchAsync("before:nonsense"));
        Assert.Empty(await SearchAsync("mailbox:nowhere"));
        Assert.Equal(2, (await SearchAsync("-mailbox:nowhere")).Count);
    }

    [Fact]
    public async Task A_very_long_message_is_indexed_too()
    {
        var message = NewMessage();
        await StoreAsync(message, Octets(10));
        Random random = new(1);
        var body = "beginning " + string.Join(' ', Enumerable.Range(0, 150_000).Select(i => i % 3 == 0 ? "the" : "w" + random.Next(60_000))) + " end";
        await IndexAsync(message.Id, body);
        Assert.Single(await SearchAsync("beginning"));
        Assert.Single(await SearchAsync("the"));
        Assert.Empty(await SearchAsync("nothing"));
    }

    // The same message in mailbox 1 and another one.
    private async Task ShareAsync(int mailboxId)
    {
        var message = NewMessage(deliveries: [new(1, ["a@y.test"]), new(mailboxId, ["b@y.test"])]);
        await StoreAsync(message, Octets(10));
        await Store.IndexAsync([new(message.Id, MessageReading.Empty, SearchDocument.Of(new() { Body = "word" }), "", [new(1, "", ""), new(mailboxId, "", "")])], Cancel);
    }

    private static IEnumerable<(int, long)> Places(IReadOnlyList<SearchHit> hits) => hits.Select(each => (each.Message.MailboxId, each.Message.Uid));
}
