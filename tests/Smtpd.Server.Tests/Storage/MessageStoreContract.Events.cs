using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine tells, after the commit, of what happened.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_message_is_told_in_each_of_its_mailboxes_when_it_can_be_found()
    {
        var second = await AddAsync("second");
        List<Task<Message?>> found = [];
        var heard = Hear(happened =>
        {
            if (happened is MessageStored stored)
                found.Add(Store.FindAsync(stored.MailboxId, stored.Message.Uid, Cancel));
        });
        var result = await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]), Octets(10));
        Assert.Equal(result.Messages, heard().OfType<MessageStored>().Select(each => each.Message).OrderBy(each => each.MailboxId));
        Assert.All(await Task.WhenAll(found), Assert.NotNull);
        await StoreAsync(NewMessage(deliveries: [new(99, ["b@y.test"])]), Octets(10));
        Assert.Equal(2, heard().Length);
    }

    [Fact]
    public async Task A_change_is_told_with_the_message_as_it_now_is()
    {
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(), Octets(10));
        var heard = Hear();
        await Store.ChangeAsync(1, [1, 2, 99], new(Read: true, Tags: ["a"]), Cancel);
        Assert.Equal([(1L, MessageFlags.Read, "a"), (2L, MessageFlags.Read, "a")],
            heard().Cast<MessageChanged>().Select(each => (each.Message.Uid, each.Message.Flags, string.Join(' ', each.Message.Tags))).Order());
        await IndexAsync((await Store.FindAsync(1, 3, Cancel))!.Id, reading: new("read", [], []));
        Assert.Equal((3L, "read"), heard().OfType<MessageChanged>().Where(each => each.Message.Uid == 3).Select(each => (each.Message.Uid, each.Message.Reading!.Snippet)).Single());
    }

    [Fact]
    public async Task What_goes_is_told_at_most_a_thousand_at_once()
    {
        for (var i = 0; i < 1200; i++)
            await StoreAsync(NewMessage(), Octets(1));
        var heard = Hear();
        await Store.DeleteAsync(1, [2, 99_999], Cancel);
        Assert.Equal([2L], Assert.Single(heard().OfType<MessagesRemoved>()).Uids);
        await Store.DeleteAllAsync(1, Cancel);
        Assert.All(heard().Cast<MessagesRemoved>(), each => Assert.InRange(each.Uids.Count, 1, 1000));
        Assert.Equal(Enumerable.Range(1, 1200).Select(i => (long)i), heard().Cast<MessagesRemoved>().SelectMany(each => each.Uids).Order());
    }

    [Fact]
    public async Task What_a_full_mailbox_loses_is_told()
    {
        await LimitAsync(MailboxQuota.None with { Messages = 2 });
        var heard = Hear();
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(), Octets(10));
        Assert.Equal((1, 1L), heard().OfType<MessagesRemoved>().Select(each => (each.MailboxId, each.Uids.Single())).Single());
        Assert.Equal([1L, 2L, 3L], heard().OfType<MessageStored>().Select(each => each.Message.Uid));
        await LimitAsync(MailboxQuota.None with { Messages = 1 });
        Assert.Equal([1L, 2L], heard().OfType<MessagesRemoved>().SelectMany(each => each.Uids));
        await Store.DeleteOlderAsync(1, DateTimeOffset.MaxValue, Cancel);
        Assert.Equal([1L, 2L, 3L], heard().OfType<MessagesRemoved>().SelectMany(each => each.Uids));
    }

    [Fact]
    public async Task Whatever_changes_a_mailbox_is_told()
    {
        var heard = Hear();
        var second = await AddAsync("second");
        await AssertToldAsync(() => Store.ChangeMailboxAsync(second.Id, settings => settings with { IsOpen = false }, Cancel));
        await AssertToldAsync(() => Store.AddCredentialAsync(new("anna", second.Id, "v", null), Cancel));
        await AssertToldAsync(() => Store.ChangePasswordAsync("anna", "w", null, Cancel));
        await AssertToldAsync(() => Store.RemoveCredentialAsync("anna", Cancel));
        await AssertToldAsync(() => Store.AddAddressAsync(new(Rule("a@y.test"), second.Id), Cancel));
        await AssertToldAsync(() => Store.RemoveAddressAsync(Rule("a@y.test").Key, Cancel));
        await AssertToldAsync(() => Store.RemoveMailboxAsync(second.Id, Cancel));
        var before = heard().Length;
        await Store.RemoveAddressAsync(Rule("a@y.test").Key, Cancel);
        await Store.AddCredentialAsync(new("anna", 99, "v", null), Cancel);
        await Store.ChangeMailboxAsync(99, settings => settings, Cancel);
        await Store.ChangeMailboxAsync(1, settings => settings with { }, Cancel);
        Assert.Equal(before, heard().Length);

        async Task AssertToldAsync(Func<Task> change)
        {
            var before = heard().Length;
            await change();
            Assert.Equal(new MailboxChanged(second.Id), heard().Skip(before).OfType<MailboxChanged>().Single());
        }
    }

    [Fact]
    public async Task The_end_of_a_lease_that_takes_the_message_is_told()
    {
        await FillAsync(1);
        var heard = Hear();
        var lease = Assert.Single(await LeaseAsync(1));
        Assert.Empty(heard());
        await Store.AcknowledgeAsync(1, 1, lease.Token, delete: true, Cancel);
        Assert.Equal([1L], Assert.IsType<MessagesRemoved>(Assert.Single(heard())).Uids);
    }

    // From now on.
    private protected Func<MailEvent[]> Hear(Action<MailEvent>? also = null) => Hear(Store, also);

    private protected static Func<MailEvent[]> Hear(IMessageStore store, Action<MailEvent>? also = null)
    {
        List<MailEvent> heard = [];
        store.Feed.Subscribe(happened =>
        {
            lock (heard)
                heard.Add(happened);
            also?.Invoke(happened);
        });
        return () =>
        {
            lock (heard)
                return [.. heard];
        };
    }
}
