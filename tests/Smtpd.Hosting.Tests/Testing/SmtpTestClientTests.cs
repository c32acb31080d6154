using System.Text;

namespace Smtpd.Hosting.Tests.Testing;

public sealed class SmtpTestClientTests
{
    private const int Hang = 30_000;

    [Fact(Timeout = Hang)]
    public async Task Replies_of_several_lines_are_read_whole()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();

        var hello = await client.HelloAsync(cancellationToken: Token);

        Assert.Equal(250, hello.Code);
        Assert.Contains("PIPELINING", hello.Lines, StringComparer.Ordinal);
        Assert.Equal(hello.Lines.Count, hello.ToString().Split('\n').Length);
        Assert.StartsWith("250-server.test", hello.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang)]
    public async Task A_reply_other_than_expected_fails_with_the_dialogue()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();
        await client.ExpectAsync(220, Token);

        var failure = await Assert.ThrowsAsync<SmtpTestException>(() => client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token));

        Assert.Equal(503, failure.Reply!.Code);
        Assert.Contains("Expected 250, got 503", failure.Message, StringComparison.Ordinal);
        Assert.Contains("C: MAIL FROM:<a@x.test>\nS: 503 ", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang)]
    public async Task A_server_that_says_nothing_fails_after_the_timeout()
    {
        await using var server = new SmtpTestServer();
        server.Faults.Delay(SmtpTestStage.Connect, TimeSpan.FromHours(1));
        await using var client = server.Connect();
        client.ReplyTimeout = TimeSpan.FromMilliseconds(20);

        var failure = await Assert.ThrowsAsync<SmtpTestException>(() => client.ReadReplyAsync(Token));

        Assert.Contains("said nothing for 0.02 s", failure.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang)]
    [InlineData("hello\r\n", "no reply")]
    [InlineData("25 x\r\n", "no reply")]
    [InlineData("250x\r\n", "no reply")]
    [InlineData("250-one\r\n", "connection ended")]
    [InlineData("250 on", "ended within a line")]
    public async Task What_is_no_reply_fails(string said, string why)
    {
        await using var client = new SmtpTestClient(new MemoryStream(Encoding.ASCII.GetBytes(said)));

        Assert.Contains(why, (await Assert.ThrowsAsync<SmtpTestException>(() => client.ReadReplyAsync(Token))).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang)]
    public async Task Dots_and_line_ends_of_a_message_are_made_right()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.SendMessageAsync("", ["b@x.test"], "Subject: dots\n\n.\n..\nend", Token);

        Assert.Equal("Subject: dots\r\n\r\n.\r\n..\r\nend\r\n", (await server.WaitForMessageAsync(cancellationToken: Token)).GetSource());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
