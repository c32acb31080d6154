using System.Text;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests;

/// <summary>Replies to a group of commands leave together (RFC 2920 §3.2), and a server that hangs is found out.</summary>
public sealed class PipeliningTests
{
    [Fact]
    public async Task A_pipelined_group_is_answered_in_one_write()
    {
        await using var server = new SmtpServer(new SmtpServerOptions { Hostname = "mx.test", OnMessage = (_, _) => new(SmtpReply.Ok) });
        string[] sent =
        [
            "EHLO client.test\r\n",
            "MAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n",
            "hello\r\n.\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nNOOP\r\nRSET\r\nQUIT\r\n",
        ];
        var pieces = sent.Select((text, i) => new ClientPiece(Encoding.ASCII.GetBytes(text), RepliesBefore: i switch { 0 => 1, 1 => 2, _ => 6 }));

        var run = await DuplexRun.ServeAsync(server, pieces, clientCloses: true, TimeSpan.FromSeconds(20));

        Assert.Equal(12, Encoding.ASCII.GetString(run.Sent).Split("\r\n").Count(line => line.Length > 3 && line[3] == ' '));
        Assert.Equal(4, run.Writes);
    }

    [Theory]
    [InlineData("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\n", 554)]
    [InlineData("NOOP\r\nNOOP\r\n", 554)]
    [InlineData("RSET\r\nNOOP\r\n", 250)]
    public async Task Whoever_does_not_wait_where_it_must_is_refused_when_asked_for(string group, int code)
    {
        await using var server = new SmtpServer(new SmtpServerOptions { Hostname = "mx.test", RejectUnauthorizedPipelining = true });

        var run = await DuplexRun.ServeAsync(server, [new ClientPiece(Encoding.ASCII.GetBytes(group), 1)], clientCloses: code != 554, TimeSpan.FromSeconds(20));

        Assert.False(run.Hangs);
        Assert.StartsWith(code.ToString(System.Globalization.CultureInfo.InvariantCulture), Encoding.ASCII.GetString(run.Sent).Split("\r\n")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_hangs_is_told_as_such()
    {
        await using var server = new SmtpServer(new SmtpServerOptions { Hostname = "mx.test" });

        // The client waits for a tenth reply that never comes.
        var run = await DuplexRun.ServeAsync(server, [new ClientPiece("QUIT\r\n"u8.ToArray(), RepliesBefore: 10)], clientCloses: false, TimeSpan.FromMilliseconds(200));

        Assert.True(run.Hangs);
    }
}
