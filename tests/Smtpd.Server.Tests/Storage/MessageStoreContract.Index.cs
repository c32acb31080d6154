using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about what is read out of messages.</summary>
public abstract partial class MessageStoreContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    [Fact]
    public async Task What_is_stored_waits_to_be_indexed_oldest_first()
    {
        var second = await AddAsync("second");
        var summary = HeaderSummary.Empty with { Subject = "Hello", MessageId = "id@x" };
        var first = NewMessage(summary: summary, deliveries: [new(1, ["a@y.test", "b@y.test"]), new(second.Id, ["c@y.test"])]);
        await StoreAsync(first, Octets(10));
        await StoreAsync(NewMessage(), Octets(10));
        await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal(3, await Store.CountToIndexAsync(Cancel));

        var claimed = await Store.ClaimToIndexAsync(2, Patience, Cancel);
        Assert.Equal(2, claimed.Count);
        Assert.Equal((first.Id, "Hello", "id@x"), (claimed[0].Id, claimed[0].Summary.Subject, claimed[0].Summary.MessageId));
        Assert.Equal([(1, "a@y.test b@y.test"), (second.Id, "c@y.test")], claimed[0].Deliveries.Select(each => (each.MailboxId, string.Join(' ', each.Recipients))));
        Assert.True(claimed[0].Id.Value < claimed[1].Id.Value);
        Assert.Single(await Store.ClaimToIndexAsync(2, Patience, Cancel));
        Assert.Empty(await Store.ClaimToIndexAsync(2, Patience, Cancel));
        Assert.Equal(3, await Store.CountToIndexAsync(Cancel));
    }

    [Fact]
    public async Task What_waits_is_claimed_once_with_its_content_however_much_it_is()
    {
        // More than an engine may remember: 20 MiB, in messages that come before the first claim and after it.
        List<long> claimed = [], sent = [];
        var indexed = 0;
        for (var round = 0; round < 2; round++)
        {
            NewMessage[] messages = [.. Enumerable.Range(0, 320).Select(_ => NewMessage())];
            await Task.WhenAll(messages.Select(each => Task.Run(() => StoreAsync(each, Octets(32 << 10)), Cancel)));
            sent.AddRange(messages.Select(each => each.Id.Value));
            for (IReadOnlyList<MessageToIndex> some; (some = await Store.ClaimToIndexAsync(100, Patience, Cancel)).Count > 0;)
            {
                claimed.AddRange(some.Select(each => each.Id.Value));
                await using var content = await Store.OpenContentAsync(some[0].Id, Cancel);
                Assert.Equal(32 << 10, content!.Length);
                await Store.IndexAsync([.. some.Take(50).Select(each => Indexed(each.Id, "words"))], Cancel);
                indexed += Math.Min(50, some.Count);
            }
        }

        Assert.Equal(sent.Order(), claimed.Order());
        Assert.Equal(sent.Count - indexed, await Store.CountToIndexAsync(Cancel));
    }

    [Fact]
    public async Task What_is_deleted_needs_no_indexing()
    {
        await FillAsync(3);
        Assert.Equal(3, (await Store.ClaimToIndexAsync(5, TimeSpan.Zero, Cancel)).Count);
        await FillAsync(2);
        await Store.DeleteAsync(1, [2, 4], Cancel);
        List<MessageToIndex> left = [];
        for (IReadOnlyList<MessageToIndex> some; (some = await Store.ClaimToIndexAsync(5, Patience, Cancel)).Count > 0;)
            left.AddRange(some);
        var listed = await Store.ListAsync(1, new(null, 10, Descending: false), Cancel);
        Assert.Equal(listed.Select(each => each.Id), left.OrderBy(each => each.Id.Value).Select(each => each.Id));
    }

    [Fact]
    public async Task Whoever_does_not_index_in_time_loses_the_claim()
    {
        await StoreAsync(NewMessage(), Octets(10));
        var over = Assert.Single(await Store.ClaimToIndexAsync(5, TimeSpan.Zero, Cancel));
        Assert.Equal(over.Id, Assert.Single(await Store.ClaimToIndexAsync(5, Patience, Cancel)).Id);
        Assert.Empty(await Store.ClaimToIndexAsync(5, Patience, Cancel));
    }

    [Fact]
    public async Task Two_who_index_never_claim_the_same()
    {
        for (var i = 0; i < 60; i++)
            await StoreAsync(NewMessage(), Octets(10));
        var claimed = (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Store.ClaimToIndexAsync(4, Patience, Cancel), Cancel)))).SelectMany(each => each).ToList();
        // Who met another may have got less, but nothing twice.
        for (IReadOnlyList<MessageToIndex> rest; (rest = await Store.ClaimToIndexAsync(50, Patience, Cancel)).Count > 0;)
            claimed.AddRange(rest);
        Assert.Equal(60, claimed.Select(each => each.Id).Distinct().Count());
        Assert.Equal(60, claimed.Count);
    }

    [Fact]
    public async Task What_was_read_belongs_to_the_message_from_then_on()
    {
        var second = await AddAsync("second");
        var message = NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]);
        await StoreAsync(message, Octets(10));
        Assert.Null((await Store.FindAsync(1, 1, Cancel))!.Reading);
        MessageReading reading = new("Dear \"Anna\" 😀", [new(1, "a.pdf", "application/pdf", 5_000_000_000, "00ff", null, false), new(2, null, "image/png", 1, "", "cid@x", true)], ["too deep"]);
        await IndexAsync(message.Id, reading: reading);

        foreach (var _ in new[] { 1, 2 })
        {
            foreach (var mailbox in new[] { 1, second.Id })
            {
                var found = Assert.Single(await Store.ListAsync(mailbox, new(null, 10, Descending: true), Cancel)).Reading!;
                Assert.Equal((reading.Snippet, "too deep"), (found.Snippet, Assert.Single(found.Warnings)));
                Assert.Equal(reading.Attachments, found.Attachments);
            }

            Assert.Equal(0, await Store.CountToIndexAsync(Cancel));
            Assert.Empty(await Store.ClaimToIndexAsync(5, Patience, Cancel));
            await ReopenAsync();
        }
    }

    [Fact]
    public async Task A_second_reading_replaces_the_first()
    {
        var message = NewMessage();
        await StoreAsync(message, Octets(10));
        await IndexAsync(message.Id, body: "the first words", reading: new("first", [], []));
        await IndexAsync(message.Id, body: "other words", reading: new("second", [], []));
        Assert.Equal("second", (await Store.FindAsync(1, 1, Cancel))!.Reading!.Snippet);
        Assert.Empty(await SearchAsync("first"));
        Assert.Single(await SearchAsync("other"));
    }

    [Fact]
    public async Task What_goes_while_it_is_read_is_passed_over()
    {
        NewMessage[] messages = [NewMessage(), NewMessage()];
        foreach (var each in messages)
            await StoreAsync(each, Octets(10));
        Assert.Equal(2, (await Store.ClaimToIndexAsync(5, Patience, Cancel)).Count);
        await Store.DeleteAsync(1, [1], Cancel);
        Assert.Null(await Store.OpenContentAsync(messages[0].Id, Cancel));
        Assert.Equal(1, await Store.CountToIndexAsync(Cancel));
        await Store.IndexAsync([.. messages.Select(each => Indexed(each.Id, "words"))], Cancel);
        await Store.IndexAsync([], Cancel);
        Assert.Equal(2, Assert.Single(await SearchAsync("words")).Message.Uid);
        await Store.DeleteAllAsync(1, Cancel);
        await AssertNothingIsKeptAsync();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task Content_is_there_for_whoever_reads_it(int size)
    {
        var message = NewMessage();
        await StoreAsync(message, Octets(size));
        await using var content = (await Store.OpenContentAsync(message.Id, Cancel))!;
        using MemoryStream memory = new();
        await content.CopyToAsync(memory, Cancel);
        Assert.Equal(Octets(size), memory.ToArray());
        Assert.Null(await Store.OpenContentAsync(new MessageId(42), Cancel));
    }

    private Task IndexAsync(MessageId id, string body = "", MessageReading? reading = null, string excerpt = "") => Store.IndexAsync([Indexed(id, body, reading, excerpt)], Cancel);

    private static IndexedMessage Indexed(MessageId id, string body, MessageReading? reading = null, string excerpt = "") =>
        new(id, reading ?? MessageReading.Empty, SearchDocument.Of(new() { Body = body }), excerpt, [new(1, "", "")]);

    private Task<IReadOnlyList<SearchHit>> SearchAsync(string query, int[]? mailboxIds = null, SearchCursor? after = null, int limit = 100, bool descending = true) =>
        Store.SearchAsync(new(SearchQuery.Parse(query, TimeProvider.System), mailboxIds, after, limit, descending), Cancel);
}
