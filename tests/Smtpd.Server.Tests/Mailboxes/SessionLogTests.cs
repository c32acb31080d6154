using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Mailboxes;

public sealed class SessionLogTests
{
    [Fact]
    public void The_latest_are_kept_for_all_and_for_each_mailbox()
    {
        SessionLog log = new(capacity: 3, capacityPerMailbox: 2);
        for (var i = 1; i <= 5; i++)
            log.Add(Record($"s{i}", i % 2 == 0 ? [1] : [1, 2]));
        Assert.Equal(["s5", "s4", "s3"], Ids(log.List(null, 10)));
        Assert.Equal(["s5", "s4"], Ids(log.List(1, 10)));
        Assert.Equal(["s5", "s3"], Ids(log.List(2, 10)));
        Assert.Equal(["s5"], Ids(log.List(1, 1)));
        Assert.Empty(log.List(3, 10));
    }

    [Fact]
    public void A_ring_that_nobody_used_for_long_goes_for_others()
    {
        SessionLog log = new(capacity: 1, capacityPerMailbox: 1);
        log.Add(Record("first", [1]));
        log.Add(Record("second", [2]));
        for (var mailbox = 3; mailbox <= 1000; mailbox++)
            log.Add(Record("other", [mailbox]));
        log.Add(Record("again", [1]));
        log.Add(Record("one more", [1001]));
        Assert.Equal(["again"], Ids(log.List(1, 1)));
        Assert.Empty(log.List(2, 1));
        Assert.Equal(["one more"], Ids(log.List(1001, 1)));
    }

    [Fact]
    public void A_log_of_none_keeps_none()
    {
        SessionLog log = new(capacity: 0, capacityPerMailbox: 0);
        log.Add(Record("s", [1]));
        Assert.Empty(log.List(null, 10));
        Assert.Empty(log.List(1, 10));
    }

    private static IEnumerable<string> Ids(IEnumerable<SessionRecord> records) => records.Select(each => each.Id);

    private static SessionRecord Record(string id, int[] mailboxes) =>
        new(id, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "192.0.2.1", "client.test", null, mailboxes, 0, true, "S: 550 No\n");
}
