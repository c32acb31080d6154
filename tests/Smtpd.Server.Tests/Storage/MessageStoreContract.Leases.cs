using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Storage;

/// <summary>What every engine promises about a mailbox as a work queue. A lease of no length is over at once, so no test waits.</summary>
public abstract partial class MessageStoreContract
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task Each_message_is_leased_to_one()
    {
        await FillAsync(3);
        var first = await LeaseAsync(2);
        Assert.Equal([(1L, 1), (2L, 1)], first.Select(each => (each.Message.Uid, each.Attempt)));
        Assert.Equal(3, Assert.Single(await LeaseAsync(2)).Message.Uid);
        Assert.Empty(await LeaseAsync(2));
        Assert.Equal(4, (await StoreAsync(NewMessage(), Octets(10))).Messages[0].Uid);
        Assert.Equal(4, Assert.Single(await LeaseAsync(2)).Message.Uid);
        Assert.Empty(await LeaseAsync(2, mailboxId: 99));
        Assert.NotEqual(first[0].Token, first[1].Token);
        Assert.True(first[0].Until > first[0].Message.ReceivedAt);
    }

    [Fact]
    public async Task What_is_acknowledged_is_never_leased_again()
    {
        await FillAsync(2);
        var leases = await LeaseAsync(2);
        Assert.True(await Store.AcknowledgeAsync(1, 1, leases[0].Token, delete: false, Cancel));
        Assert.False(await Store.AcknowledgeAsync(1, 1, leases[0].Token, delete: false, Cancel));
        Assert.True(await Store.AcknowledgeAsync(1, 2, leases[1].Token, delete: true, Cancel));
        await ReopenAsync();
        await AssertUidsAsync(new(null, 10, Descending: false), 1L);
        Assert.Empty(await LeaseAsync(10));
        await FillAsync(1);
        Assert.Equal(3, Assert.Single(await LeaseAsync(10)).Message.Uid);
    }

    [Fact]
    public async Task A_lease_that_is_over_goes_to_the_next()
    {
        await FillAsync(2);
        var over = Assert.Single(await LeaseAsync(1, TimeSpan.Zero));
        await ReopenAsync();
        var leases = await LeaseAsync(5);
        Assert.Equal([(1L, 2), (2L, 1)], leases.Select(each => (each.Message.Uid, each.Attempt)));
        Assert.False(await Store.AcknowledgeAsync(1, 1, over.Token, delete: true, Cancel));
        Assert.False(await Store.ReleaseAsync(1, 1, over.Token, TimeSpan.Zero, Cancel));
        Assert.True(await Store.AcknowledgeAsync(1, 1, leases[0].Token, delete: false, Cancel));
    }

    [Fact]
    public async Task A_lease_ends_although_nobody_took_the_next()
    {
        await FillAsync(1);
        var over = Assert.Single(await LeaseAsync(1, TimeSpan.Zero));
        Assert.False(await Store.AcknowledgeAsync(1, 1, over.Token, delete: true, Cancel));
        Assert.NotNull(await Store.FindAsync(1, 1, Cancel));
    }

    [Fact]
    public async Task Only_the_token_of_the_lease_ends_it()
    {
        await FillAsync(2);
        var leases = await LeaseAsync(2);
        Assert.False(await Store.AcknowledgeAsync(1, 2, leases[0].Token, delete: true, Cancel));
        Assert.False(await Store.AcknowledgeAsync(1, 1, "", delete: true, Cancel));
        Assert.False(await Store.AcknowledgeAsync(99, 1, leases[0].Token, delete: true, Cancel));
        Assert.False(await Store.ReleaseAsync(1, 1, leases[1].Token, TimeSpan.Zero, Cancel));
        Assert.Equal((2L, 20L), await CountersAsync(1));
    }

    [Fact]
    public async Task Work_that_failed_comes_back_after_its_delay()
    {
        await FillAsync(2);
        var leases = await LeaseAsync(2);
        Assert.True(await Store.ReleaseAsync(1, 1, leases[0].Token, TimeSpan.Zero, Cancel));
        Assert.False(await Store.ReleaseAsync(1, 1, leases[0].Token, TimeSpan.Zero, Cancel));
        Assert.True(await Store.ReleaseAsync(1, 2, leases[1].Token, Long, Cancel));
        var again = Assert.Single(await LeaseAsync(5));
        Assert.Equal((1L, 2), (again.Message.Uid, again.Attempt));
        Assert.Empty(await LeaseAsync(5));
    }

    [Fact]
    public async Task After_its_last_attempt_a_message_is_dead_until_it_is_revived()
    {
        await FillAsync(3);
        var leases = await LeaseAsync(2, attempts: 1);
        Assert.True(await Store.ReleaseAsync(1, 2, leases[1].Token, TimeSpan.Zero, Cancel));
        Assert.Equal([(2L, 1)], await DeadAsync());
        Assert.Equal([3], (await LeaseAsync(5)).Select(each => each.Message.Uid));

        Assert.False(await Store.ReviveAsync(1, 1, Cancel));
        Assert.False(await Store.ReviveAsync(1, 99, Cancel));
        Assert.True(await Store.ReviveAsync(1, 2, Cancel));
        Assert.False(await Store.ReviveAsync(1, 2, Cancel));
        Assert.Empty(await DeadAsync());
        var revived = Assert.Single(await LeaseAsync(5));
        Assert.Equal((2L, 1), (revived.Message.Uid, revived.Attempt));
    }

    [Fact]
    public async Task A_last_attempt_that_is_never_ended_leaves_a_dead_message()
    {
        await FillAsync(3);
        await LeaseAsync(3, TimeSpan.Zero, attempts: 2);
        Assert.Equal([1, 2, 3], (await LeaseAsync(3, TimeSpan.Zero)).Select(each => each.Message.Uid));
        Assert.Empty(await LeaseAsync(3));
        Assert.Equal([(1L, 2), (2L, 2), (3L, 2)], await DeadAsync());
        Assert.Equal([(2L, 2)], await DeadAsync(after: 1, limit: 1));
        await ReopenAsync();
        Assert.Equal(1, await Store.DeleteAsync(1, [2], Cancel));
        Assert.Equal([(1L, 2), (3L, 2)], await DeadAsync());
    }

    [Fact]
    public async Task A_message_that_is_deleted_takes_its_lease_along()
    {
        await FillAsync(2);
        var leases = await LeaseAsync(1);
        await Store.DeleteAsync(1, [1, 2], Cancel);
        Assert.False(await Store.AcknowledgeAsync(1, 1, leases[0].Token, delete: false, Cancel));
        Assert.Empty(await LeaseAsync(5));
        await FillAsync(1);
        Assert.Equal(3, Assert.Single(await LeaseAsync(5)).Message.Uid);
    }

    [Fact]
    public async Task Many_workers_never_have_the_same_message()
    {
        await FillAsync(100);
        var leased = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => LeaseAsync(4), Cancel)));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), leased.SelectMany(each => each).Select(each => each.Message.Uid).Order());
    }

    private async Task FillAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await StoreAsync(NewMessage(), Octets(10));
    }

    private Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int limit, TimeSpan? visibility = null, int attempts = 3, int mailboxId = 1) =>
        Store.LeaseAsync(mailboxId, new(limit, visibility ?? Long, attempts), Cancel);

    private async Task<IEnumerable<(long, int)>> DeadAsync(long? after = null, int limit = 10) =>
        (await Store.ListDeadAsync(1, after, limit, Cancel)).Select(each => (each.Message.Uid, each.Attempts));
}
