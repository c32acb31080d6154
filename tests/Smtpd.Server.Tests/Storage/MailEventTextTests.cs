using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Storage.Postgres;

namespace Smtpd.Server.Tests.Storage;

public sealed class MailEventTextTests
{
    // What a notification of PostgreSQL has room for.
    private const int Room = 7999;

    [Fact]
    public void Neighbours_are_told_as_a_range()
    {
        MailEvent[] events = [Stored(12, 100), Stored(12, 101), Stored(12, 102), Stored(3, 7), new MessagesRemoved(12, [5, 3, 4, 9]), new MailboxChanged(4), new MailboxOverrun(5)];
        Assert.Equal("7|S12:100-102;S3:7;R12:3-5,9;M4;O5", Assert.Single(MailEventText.Write(7, events)));
    }

    [Fact]
    public void What_was_written_is_read_again()
    {
        MailEvent[] events = [Stored(12, 100), Stored(12, 101), new MessageChanged(Stored(12, 9).Message), new MessagesRemoved(2, [3, 9]), new MailboxChanged(4)];
        (var node, var items) = MailEventText.Read(Assert.Single(MailEventText.Write(255, events)));
        Assert.Equal(255, node);
        Assert.Equal(["S 12 100 101", "C 12 9", "R 2 3 9", "M 4"], items.Select(each => $"{each.Kind} {string.Join(' ', [each.MailboxId, .. each.Uids])}"));
    }

    [Fact]
    public void Nothing_is_not_told() => Assert.Empty(MailEventText.Write(0, []));

    [Theory]
    [InlineData(1, 1000, 'R')]
    [InlineData(1, 3000, 'O')]
    [InlineData(500, 1, 'R')]
    [InlineData(2000, 1, 'O')]
    [InlineData(100_000, 1, 'A')]
    public void Much_is_told_in_a_few_notifications(int mailboxes, int uids, char kind)
    {
        // Every second uid, so that there are no ranges.
        var events = Enumerable.Range(1_000_000_000, mailboxes).Select(id => new MessagesRemoved(id, [.. Enumerable.Range(0, uids).Select(i => 1_000_000_000_000 + 2L * i)])).ToArray();
        var texts = MailEventText.Write(200, events);
        Assert.InRange(texts.Count, 1, 4);
        Assert.All(texts, each => Assert.InRange(each.Length, 1, Room));
        var items = texts.SelectMany(each => MailEventText.Read(each).Items).ToList();
        Assert.All(items, each => Assert.Equal(kind, each.Kind));
        if (kind == 'R')
            Assert.Equal(mailboxes * uids, items.Sum(each => each.Uids.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x|S1:1")]
    [InlineData("1|;;")]
    [InlineData("1|S1:9999999999999999999")]
    [InlineData("1|S1:0-9999999999")]
    public void What_others_write_there_is_nothing(string text) => Assert.Empty(MailEventText.Read(text).Items.SelectMany(each => each.Uids));

    private static MessageStored Stored(int mailboxId, long uid) =>
        new(new Message(mailboxId, uid, new(uid), default, 0, default, new("", 1, "", null, "", "", null, null), [], HeaderSummary.Empty, default));
}
