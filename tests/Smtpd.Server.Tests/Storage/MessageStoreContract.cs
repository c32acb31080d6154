using System.Security.Cryptography;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Storage;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine that keeps mail promises. A class per engine derives from it.</summary>
public abstract partial class MessageStoreContract : IAsyncLifetime
{
    private IMessageStore? store;

    private protected IMessageStore Store => store!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        DisposeData();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the store of this test, the same one every time.</summary>
    private protected abstract Task<IMessageStore> OpenAsync();

    protected abstract void DisposeData();

    private protected async Task ReopenAsync()
    {
        await CloseAsync();
        store = await OpenAsync();
    }

    private protected async Task CloseAsync()
    {
        if (store is not null)
            await store.DisposeAsync();
        store = null;
    }

    [Fact]
    public async Task The_first_start_makes_mailbox_1()
    {
        var mailbox = Assert.Single(await Store.ListMailboxesAsync(Cancel));
        Assert.Equal((1, "default", 0L, 0L), (mailbox.Id, mailbox.Name, mailbox.MessageCount, mailbox.MessageBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(StorageOptions.InlineBytes)]
    [InlineData(StorageOptions.InlineBytes + 1)]
    [InlineData(3_000_000)]
    public async Task A_message_comes_back_as_it_went_in(int size)
    {
        var octets = Octets(size);
        var message = NewMessage(summary: new("Hello", new("A", "a@x.test"), [new("", "b@y.test")], [], new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), "id@x"));
        var result = await StoreAsync(message, octets);
        Assert.Equal(StoreOutcome.Stored, result.Outcome);
        var told = Assert.Single(result.Messages);

        foreach (var _ in new[] { 1, 2 })
        {
            var found = (await Store.FindAsync(1, told.Uid, Cancel))!;
            Assert.Equal(message.Id, found.Id);
            Assert.Equal(message.ReceivedAt, found.ReceivedAt);
            Assert.Equal(message.Envelope, found.Envelope);
            Assert.Equal(["b@y.test", "c@y.test"], found.Recipients);
            Assert.Equal(("Hello", "id@x", message.Summary.From, message.Summary.Date), (found.Summary.Subject, found.Summary.MessageId, found.Summary.From, found.Summary.Date));
            Assert.Equal(message.Summary.To, found.Summary.To);
            Assert.Equal(size, found.Size);
            Assert.Equal(SHA256.HashData(octets), found.Sha256.ToArray());
            Assert.Equal(octets, await ReadAsync(1, told.Uid));
            await ReopenAsync();
        }
    }

    [Fact]
    public async Task Content_may_come_in_pieces_of_any_length()
    {
        var octets = Octets(700_000);
        Random random = new(1);
        var id = Store.NextId();
        await using var content = Store.CreateContent(id, null);
        for (var at = 0; at < octets.Length;)
        {
            var some = Math.Min(random.Next(1, 9000), octets.Length - at);
            content.Append(octets.AsSpan(at, some));
            at += some;
        }

        Assert.Equal(octets.AsSpan(0, HeaderBlock.MaximumLength), content.Beginning[..HeaderBlock.MaximumLength]);
        var result = await Store.StoreAsync(NewMessage(id), content, Cancel);
        Assert.Equal(octets, await ReadAsync(1, result.Messages[0].Uid));
    }

    [Fact]
    public async Task Uids_rise_and_are_never_given_again()
    {
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal(1, await Store.DeleteAsync(1, [3], Cancel));
        await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal(1, await Store.DeleteAsync(1, [4], Cancel));
        await ReopenAsync();
        var result = await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal(5, result.Messages[0].Uid);
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L, 5L);
    }

    [Fact]
    public async Task Ids_rise_also_after_a_restart()
    {
        var first = await StoreAsync(NewMessage(), Octets(10));
        await ReopenAsync();
        Assert.True(Store.NextId().Value > first.Messages[0].Id.Value);
    }

    [Fact]
    public async Task Pages_are_cut_by_key()
    {
        for (var i = 0; i < 7; i++)
            await StoreAsync(NewMessage(), Octets(10));
        await AssertUidsAsync(new(null, 3, Descending: true), 7L, 6L, 5L);
        await Store.DeleteAsync(1, [5], Cancel);
        await AssertUidsAsync(new(5, 3, Descending: true), 4L, 3L, 2L);
        await AssertUidsAsync(new(null, 3, Descending: false), 1L, 2L, 3L);
        await AssertUidsAsync(new(4, 3, Descending: false), 6L, 7L);
        await AssertUidsAsync(new(7, 3, Descending: false));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task One_message_in_two_mailboxes_goes_with_the_last_of_them(int size)
    {
        var second = await AddAsync("second");
        var octets = Octets(size);
        var result = await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]), octets);
        Assert.Equal([(1, "b@y.test"), (second.Id, "c@y.test")], result.Messages.Select(each => (each.MailboxId, each.Recipients.Single())));

        Assert.Equal(1, await Store.DeleteAsync(1, [1], Cancel));
        Assert.Equal(0, await Store.DeleteAsync(1, [1], Cancel));
        Assert.Null(await Store.OpenContentAsync(1, 1, Cancel));
        Assert.Equal(octets, await ReadAsync(second.Id, 1));
        Assert.Equal(1, await Store.DeleteAsync(second.Id, [1], Cancel));
        Assert.Null(await Store.FindAsync(second.Id, 1, Cancel));
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task Deleting_all_takes_small_and_large()
    {
        for (var i = 0; i < 520; i++)
            await StoreAsync(NewMessage(), Octets(i % 100 == 0 ? 300_000 : 10));
        Assert.Equal(520, await Store.DeleteAllAsync(1, Cancel));
        Assert.Equal(0, await Store.DeleteAllAsync(1, Cancel));
        Assert.Equal((0L, 0L), await CountersAsync(1));
        await AssertNothingIsKeptAsync();
        Assert.Equal(0, await Store.DeleteAllAsync(99, Cancel));
    }

    [Fact]
    public async Task A_mailbox_counts_what_is_in_it()
    {
        await StoreAsync(NewMessage(), Octets(10));
        await StoreAsync(NewMessage(), Octets(300_000));
        Assert.Equal((2L, 300_010L), await CountersAsync(1));
        await Store.DeleteAsync(1, [1], Cancel);
        await ReopenAsync();
        Assert.Equal((1L, 300_000L), await CountersAsync(1));
    }

    [Fact]
    public async Task Mailboxes_come_and_go_and_their_numbers_do_not_return()
    {
        var second = await AddAsync("second");
        Assert.Equal((2, "second"), (second.Id, second.Name));
        Assert.Equal(new MailboxAddition(null, "second"), await Store.AddMailboxAsync(new(new("second"), [], []), Cancel));
        await StoreAsync(NewMessage(deliveries: [new(2, ["b@y.test"])]), Octets(300_000));
        Assert.True(await Store.RemoveMailboxAsync(2, Cancel));
        Assert.False(await Store.RemoveMailboxAsync(2, Cancel));
        await AssertNothingIsKeptAsync();
        await ReopenAsync();
        Assert.True((await AddAsync("second")).Id > 2);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task A_message_for_a_mailbox_that_is_not_there_is_not_kept(int size)
    {
        var result = await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(9, ["c@y.test"])]), Octets(size));
        Assert.Equal(StoreOutcome.NoMailbox, result.Outcome);
        await AssertUidsAsync(new(null, 10, Descending: true));
        await AssertNothingIsKeptAsync();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task Content_that_is_not_stored_leaves_nothing(int size)
    {
        var content = Store.CreateContent(Store.NextId(), size);
        content.Append(Octets(size));
        await content.DisposeAsync();
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task Many_at_once_are_each_stored_once()
    {
        byte[][] bodies = [.. Enumerable.Range(0, 400).Select(i => Octets(i % 40 == 0 ? 300_000 + i : 500 + i))];
        var results = await Task.WhenAll(bodies.Select(body => Task.Run(() => StoreAsync(NewMessage(), body), Cancel)));
        Assert.All(results, each => Assert.Equal(StoreOutcome.Stored, each.Outcome));
        long[] uids = [.. results.Select(each => each.Messages[0].Uid).Order()];
        Assert.Equal([.. Enumerable.Range(1, 400).Select(i => (long)i)], uids);
        for (var i = 0; i < bodies.Length; i++)
            Assert.Equal(bodies[i], await ReadAsync(1, results[i].Messages[0].Uid));
    }

    [Fact]
    public async Task Fifty_may_read_and_delete_the_same_messages()
    {
        for (var i = 0; i < 20; i++)
            await StoreAsync(NewMessage(), Octets(i % 5 == 0 ? 300_000 : 100));
        var deleted = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            for (var uid = 1; uid <= 20; uid++)
            {
                await using (var content = await Store.OpenContentAsync(1, uid, Cancel))
                    Assert.NotEqual(0, content?.Length ?? 1);
                if (await Store.DeleteAsync(1, [uid], Cancel) > 0)
                    Interlocked.Increment(ref deleted);
            }
        }, Cancel)));
        Assert.Equal(20, deleted);
        Assert.Equal((0L, 0L), await CountersAsync(1));
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task A_second_message_of_the_same_id_is_not_kept_and_does_not_harm_the_first()
    {
        foreach (var size in new[] { 100, 300_000 })
        {
            var first = NewMessage();
            var stored = await StoreAsync(first, Octets(size));
            Assert.Equal(StoreOutcome.Failed, (await StoreAsync(NewMessage(first.Id), Octets(size + 1))).Outcome);
            Assert.Equal(Octets(size), await ReadAsync(1, stored.Messages[0].Uid));
            Assert.Equal(StoreOutcome.Stored, (await StoreAsync(NewMessage(), Octets(size))).Outcome);
        }
    }

    [Fact]
    public async Task A_store_that_works_says_so() => await Store.CheckAsync(Cancel);

    /// <summary>Not one octet of content is left.</summary>
    private protected abstract Task AssertNothingIsKeptAsync();

    private protected static byte[] Octets(int size)
    {
        var octets = new byte[size];
        new Random(size).NextBytes(octets);
        return octets;
    }

    private protected NewMessage NewMessage(MessageId? id = null, HeaderSummary? summary = null, IReadOnlyList<Delivery>? deliveries = null) => new(
        id ?? Store.NextId(),
        DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_123),
        new MessageEnvelope("a@x.test", 2, "client.x.test", "192.0.2.1", "mx.y.test", "ESMTPSA", "TLSv1.3 TLS_AES_256_GCM_SHA384", "anna@y.test"),
        summary ?? HeaderSummary.Empty,
        deliveries ?? [new(1, ["b@y.test", "c@y.test"])]);

    private protected async Task<Mailbox> AddAsync(string name, MailboxCredential[]? credentials = null, params string[] addresses) =>
        (await Store.AddMailboxAsync(new(new(name), credentials ?? [], [.. addresses.Select(Rule)]), Cancel)).Mailbox!;

    private protected static MailAddress Address(string text) => MailAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    private protected async Task<StoreResult> StoreAsync(NewMessage message, byte[] octets)
    {
        await using var content = Store.CreateContent(message.Id, null);
        content.Append(octets);
        return await Store.StoreAsync(message, content, Cancel);
    }

    private protected async Task<byte[]> ReadAsync(int mailboxId, long uid)
    {
        await using var stream = (await Store.OpenContentAsync(mailboxId, uid, Cancel))!;
        using MemoryStream memory = new();
        await stream.CopyToAsync(memory, Cancel);
        return memory.ToArray();
    }

    private protected async Task AssertUidsAsync(MessageQuery query, params long[] expected) =>
        Assert.Equal(expected, (await Store.ListAsync(1, query, Cancel)).Select(each => each.Uid));

    private async Task<(long, long)> CountersAsync(int mailboxId)
    {
        var mailbox = (await Store.FindMailboxAsync(mailboxId, Cancel))!;
        return (mailbox.MessageCount, mailbox.MessageBytes);
    }
}
