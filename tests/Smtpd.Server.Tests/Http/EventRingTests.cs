using Smtpd.Server.Http;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Http;

/// <summary>What listeners find in the ring of events.</summary>
public sealed class EventRingTests
{
    private readonly MailFeed feed = new();

    [Fact]
    public void A_listener_reads_on_where_it_was()
    {
        EventRing ring = new(feed, capacity: 4);
        var position = ring.Next;
        feed.Publish(new MailboxChanged(1));
        feed.Publish(new MailboxChanged(2));
        Assert.Equal([1, 2], Read(ring, ref position));
        Assert.Equal([], Read(ring, ref position));
        feed.Publish(new MailboxChanged(3));
        Assert.Equal([3], Read(ring, ref position));
    }

    [Fact]
    public void What_was_overwritten_is_told()
    {
        EventRing ring = new(feed, capacity: 4);
        var position = ring.Next;
        for (var i = 1; i <= 4; i++)
            feed.Publish(new MailboxChanged(i));
        var copy = position;
        Assert.Equal([1, 2, 3, 4], Read(ring, ref copy));
        feed.Publish(new MailboxChanged(5));
        Assert.False(ring.TryRead(ref position, [], 10));
    }

    [Fact]
    public void An_id_leads_to_the_event_behind_it_as_long_as_that_is_known()
    {
        EventRing ring = new(feed, capacity: 4);
        var before = ring.IdOf(ring.Next - 1);
        feed.Publish(new MailboxChanged(1));
        Assert.Equal(1, ring.PositionAfter(before));
        for (var i = 2; i <= 5; i++)
            feed.Publish(new MailboxChanged(i));
        Assert.Null(ring.PositionAfter(before)); // the first one is gone
        Assert.Equal(2, ring.PositionAfter(ring.IdOf(1)));
        Assert.Equal(6, ring.PositionAfter(ring.IdOf(5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("00000000-1")]
    [InlineData("{0}-6")]
    [InlineData("{0}--1")]
    [InlineData("{0}-99999999999999999999")]
    [InlineData("{0}-1 ")]
    public void Any_other_id_is_unknown(string id)
    {
        EventRing ring = new(feed);
        feed.Publish(new MailboxChanged(1));
        Assert.Null(ring.PositionAfter(id.Replace("{0}", ring.IdOf(0).Split('-')[0], StringComparison.Ordinal)));
    }

    [Fact]
    public void Long_events_take_the_room_of_several()
    {
        EventRing ring = new(feed, capacity: 1000, maximumOctets: 10_000);
        var position = ring.Next;
        for (var i = 0; i < 10; i++)
            feed.Publish(new MessagesRemoved(i, [.. Enumerable.Range(0, 500).Select(each => (long)each)])); // 4100 octets
        Assert.False(ring.TryRead(ref position, [], 10));
        position = ring.Next - 2;
        Assert.Equal([8, 9], Read(ring, ref position));
        feed.Publish(new MessagesRemoved(10, [.. Enumerable.Range(0, 5000).Select(each => (long)each)])); // more than all: kept all the same, alone
        position = ring.Next - 1;
        Assert.Equal([10], Read(ring, ref position));
    }

    [Fact]
    public async Task Whoever_waits_is_woken()
    {
        EventRing ring = new(feed);
        var changed = ring.Changed;
        Assert.False(changed.IsCompleted);
        feed.Publish(new MailboxChanged(1));
        await changed.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(ring.Changed.IsCompleted);
    }

    private static int[] Read(EventRing ring, ref long position)
    {
        List<RingEvent> read = [];
        Assert.True(ring.TryRead(ref position, read, 10));
        return [.. read.Select(each => each.MailboxId)];
    }
}
