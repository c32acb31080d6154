using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about mailboxes that are full, and about age.</summary>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task Of_a_full_mailbox_the_oldest_messages_go()
    {
        await LimitAsync(MailboxQuota.None with { Messages = 3 });
        for (var i = 0; i < 5; i++)
            await StoreAsync(NewMessage(), Octets(10));
        await AssertUidsAsync(new(null, 10, Descending: false), 3L, 4L, 5L);
        Assert.Equal((3L, 30L), await CountersAsync(1));
        await ReopenAsync();
        Assert.Equal((3L, 30L), await CountersAsync(1));
    }

    [Fact]
    public async Task A_mailbox_full_of_octets_makes_room_for_the_next()
    {
        await LimitAsync(MailboxQuota.None with { Bytes = 100 });
        foreach (var size in new[] { 40, 40, 20, 50 })
            await StoreAsync(NewMessage(), Octets(size));
        await AssertUidsAsync(new(null, 10, Descending: false), 3L, 4L);
        await StoreAsync(NewMessage(), Octets(1000));
        await AssertUidsAsync(new(null, 10, Descending: false), 5L);
        await StoreAsync(NewMessage(), Octets(1));
        await AssertUidsAsync(new(null, 10, Descending: false), 6L);
    }

    [Fact]
    public async Task Pinned_messages_stay_in_a_full_mailbox()
    {
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(), Octets(10));
        await Store.ChangeAsync(1, [1, 2], new(Pinned: true), Cancel);
        await LimitAsync(MailboxQuota.None with { Messages = 2 });
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L);
        await StoreAsync(NewMessage(), Octets(10));
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L, 4L);
        await StoreAsync(NewMessage(), Octets(10));
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L, 5L);
        await Store.ChangeAsync(1, [1], new(Pinned: false), Cancel);
        await StoreAsync(NewMessage(), Octets(10));
        await AssertUidsAsync(new(null, 10, Descending: false), 2L, 6L);
    }

    [Fact]
    public async Task Many_at_once_never_fill_a_mailbox_beyond_its_limit()
    {
        await LimitAsync(MailboxQuota.None with { Messages = 10 });
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => StoreAsync(NewMessage(), Octets(i % 40 == 0 ? 300_000 : 100)), Cancel)));
        Assert.All(results, each => Assert.Equal(StoreOutcome.Stored, each.Outcome));
        await AssertUidsAsync(new(null, 100, Descending: false), [.. Enumerable.Range(191, 10).Select(i => (long)i)]);
        Assert.Equal(10, (await CountersAsync(1)).Item1);
    }

    [Fact]
    public async Task Smaller_limits_are_kept_at_once()
    {
        for (var i = 0; i < 620; i++)
            await StoreAsync(NewMessage(), Octets(i % 100 == 0 ? 300_000 : 10));
        await LimitAsync(MailboxQuota.None with { Messages = 4 });
        await AssertUidsAsync(new(null, 10, Descending: false), 617L, 618L, 619L, 620L);
        Assert.Equal((4L, 40L), await CountersAsync(1));
        await Store.DeleteAllAsync(1, Cancel);
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task One_mailbox_that_is_full_does_not_take_from_another()
    {
        var second = await AddAsync("second");
        await LimitAsync(MailboxQuota.None with { Messages = 1 });
        for (var i = 0; i < 3; i++)
            await StoreAsync(NewMessage(deliveries: [new(1, ["b@y.test"]), new(second.Id, ["c@y.test"])]), Octets(i));
        Assert.Equal(1, (await CountersAsync(1)).Item1);
        Assert.Equal(3, (await CountersAsync(second.Id)).Item1);
        Assert.Equal(Octets(0), await ReadAsync(second.Id, 1));
    }

    [Fact]
    public async Task What_is_too_old_goes_a_bounded_number_at_once()
    {
        int[] minutes = [5, 1, 9, 2, 3];
        foreach (var each in minutes)
            await StoreAsync(NewMessage() with { ReceivedAt = SomeTime.AddMinutes(each) }, Octets(10));
        await Store.ChangeAsync(1, [4], new(Pinned: true), Cancel);
        Assert.Equal(0, await DeleteOlderAsync(SomeTime.AddMinutes(1)));
        Assert.Equal(3, await DeleteOlderAsync(SomeTime.AddMinutes(6)));
        await AssertUidsAsync(new(null, 10, Descending: false), 3L, 4L);
        Assert.Equal((2L, 20L), await CountersAsync(1));

        async Task<int> DeleteOlderAsync(DateTimeOffset before)
        {
            int removed = 0, some;
            while ((some = await Store.DeleteOlderAsync(1, before, Cancel)) > 0)
                removed += some;
            return removed;
        }
    }

    private async Task LimitAsync(MailboxQuota limits) =>
        Assert.Equal(limits, (await Store.ChangeMailboxAsync(1, settings => settings with { Limits = limits }, Cancel)).Mailbox!.Settings.Limits);
}
