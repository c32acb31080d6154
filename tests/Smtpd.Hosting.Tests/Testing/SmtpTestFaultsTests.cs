using System.Net.Mail;
using System.Reflection;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Hosting.Tests.Testing;

public sealed class SmtpTestFaultsTests
{
    private const int Hang = 30_000;

    [Fact(Timeout = Hang)]
    public async Task The_next_recipient_is_refused_and_the_one_behind_it_is_not()
    {
        await using var server = new SmtpTestServer();
        server.Faults.RefuseNextRecipient(new SmtpReply(450, new(4, 2, 0), "Greylisted"));
        await using var client = await BeginMailAsync(server);

        Assert.Equal("450 4.2.0 Greylisted", (await client.CommandAsync("RCPT TO:<b@x.test>", 450, Token)).ToString());
        await client.CommandAsync("RCPT TO:<b@x.test>", 250, Token);
        Assert.Equal(0, server.Faults.Count);
    }

    [Fact(Timeout = Hang)]
    public async Task One_address_is_refused_every_time()
    {
        await using var server = new SmtpTestServer();
        server.Faults.RefuseRecipient("B@x.test");
        await using var client = await BeginMailAsync(server);

        await client.CommandAsync("RCPT TO:<a@x.test>", 250, Token);
        await client.CommandAsync("RCPT TO:<b@x.test>", 550, Token);
        await client.CommandAsync("RCPT TO:<b@x.test>", 550, Token);

        server.Faults.Clear();
        await client.CommandAsync("RCPT TO:<b@x.test>", 250, Token);
    }

    [Fact(Timeout = Hang)]
    public async Task A_fault_happens_as_often_as_asked_and_faults_wait_in_line()
    {
        await using var server = new SmtpTestServer();
        server.Faults.Reply(SmtpTestStage.Mail, new SmtpReply(451, "one"), times: 2);
        server.Faults.Throw(SmtpTestStage.Mail);
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        await client.CommandAsync("MAIL FROM:<a@x.test>", 451, Token);
        Assert.Equal("one", (await client.CommandAsync("MAIL FROM:<a@x.test>", 451, Token)).Text);
        Assert.StartsWith("4.3.0", (await client.CommandAsync("MAIL FROM:<a@x.test>", 451, Token)).Text, StringComparison.Ordinal);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
    }

    [Fact(Timeout = Hang)]
    public async Task A_message_can_be_answered_without_being_kept()
    {
        await using var server = new SmtpTestServer();
        server.Faults.Reply(SmtpTestStage.Message, SmtpReply.Accepted("or so it says"));
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        Assert.Equal("2.0.0 or so it says", (await client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token)).Text);
        Assert.Empty(server.Messages);
    }

    [Theory(Timeout = Hang)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_is_cut_where_the_message_should_be_kept(bool overTcp)
    {
        await using var server = await SmtpTestServer.StartAsync();
        server.Faults.Cut(SmtpTestStage.Message);
        await using var client = overTcp ? await SmtpTestClient.ConnectAsync(server.EndPoint!, Token) : server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        var failure = await Assert.ThrowsAsync<SmtpTestException>(() => client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token));
        Assert.Contains("ended", failure.Message, StringComparison.Ordinal);
        Assert.Empty(server.Messages);
    }

    [Fact(Timeout = Hang)]
    public async Task A_connection_is_cut_while_a_large_message_arrives()
    {
        await using var server = new SmtpTestServer();
        server.Faults.Cut(SmtpTestStage.Message);
        await using var client = await BeginMailAsync(server);
        await client.CommandAsync("RCPT TO:<b@x.test>", 250, Token);
        await client.CommandAsync("DATA", 354, Token);
        // Enough for the handler to start, and then no more: the server waits for the rest.
        await client.SendLineAsync(new string('x', 100_000), Token);

        await client.ExpectEndAsync(Token);
        Assert.Empty(server.Messages);
    }

    [Fact(Timeout = Hang)]
    public async Task A_lost_reply_leaves_a_message_the_client_does_not_know_of()
    {
        await using var server = await SmtpTestServer.StartAsync();
        server.Faults.LoseReply(SmtpTestStage.Message);
        using var client = new SmtpClient("127.0.0.1", server.Port);

        await Assert.ThrowsAsync<SmtpException>(() => client.SendMailAsync("a@x.test", "b@x.test", "once", "Hi.", Token));
        Assert.Equal("once", Assert.Single(server.Messages).Subject);
        await client.SendMailAsync("a@x.test", "b@x.test", "twice", "Hi.", Token);
        Assert.Equal("twice", (await server.WaitForMessageAsync(message => message.Number == 2, cancellationToken: Token)).Subject);
    }

    [Theory(Timeout = Hang)]
    [InlineData(0, "")]
    [InlineData(10, "")]
    [InlineData(18, "250")]
    public async Task A_connection_is_cut_behind_an_octet(int octets, string lastReply)
    {
        await using var server = new SmtpTestServer();
        server.Faults.CutAfter(octets);
        await using var client = server.Connect();
        await client.ExpectAsync(220, Token);
        // 18 octets, then more that never arrives.
        await client.SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\n"u8.ToArray(), Token);

        if (lastReply.Length > 0)
            await client.ExpectAsync(250, Token);
        await client.ExpectEndAsync(Token);
        await using var next = server.Connect();
        await next.HelloAsync(cancellationToken: Token);
    }

    [Fact(Timeout = Hang)]
    public async Task A_reply_waits_for_the_clock_of_the_test()
    {
        var time = new FakeTimeProvider();
        await using var server = new SmtpTestServer(options =>
        {
            options.TimeProvider = time;
            // The clock runs away from the server, which must not cut the connection for it.
            options.Timeouts = options.Timeouts with { Handler = TimeSpan.FromDays(49), Connection = TimeSpan.FromDays(49) };
        });
        server.Faults.Delay(SmtpTestStage.Mail, TimeSpan.FromSeconds(30));
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        var start = time.GetUtcNow();

        var reply = client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
        while (!reply.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await reply;
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromSeconds(30));
    }

    [Fact(Timeout = Hang)]
    public async Task A_delay_without_end_does_not_keep_the_server_from_ending()
    {
        var server = new SmtpTestServer();
        server.Faults.Delay(SmtpTestStage.Connect, TimeSpan.FromDays(1), times: int.MaxValue);
        await using var client = server.Connect();
        await server.DisposeAsync();

        await client.ExpectEndAsync(Token);
    }

    [Fact]
    public void A_fault_that_never_happens_is_no_fault() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpTestFaults().Cut(SmtpTestStage.Mail, times: 0));

    [Fact]
    public void Every_hook_is_passed_on_by_a_handler_in_front()
    {
        var hooks = typeof(SmtpHandler).GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(method => method.IsVirtual && method.DeclaringType == typeof(SmtpHandler));

        Assert.All(hooks, hook => Assert.Equal(
            typeof(DelegatingSmtpHandler), typeof(DelegatingSmtpHandler).GetMethod(hook.Name, [.. hook.GetParameters().Select(parameter => parameter.ParameterType)])!.DeclaringType));
    }

    private static async Task<SmtpTestClient> BeginMailAsync(SmtpTestServer server)
    {
        var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);
        return client;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
