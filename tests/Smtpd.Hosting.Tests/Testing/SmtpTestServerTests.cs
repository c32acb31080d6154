using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Hosting.Tests.Testing;

public sealed class SmtpTestServerTests
{
    private const int Hang = 30_000;

    [Fact(Timeout = Hang)]
    public async Task A_message_sent_in_memory_is_kept_octet_for_octet()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.CommandAsync("MAIL FROM:<ann@example.com>", 250, Token);
        await client.CommandAsync("RCPT TO:<bob@example.com>", 250, Token);
        await client.CommandAsync("RCPT TO:<eve@example.com>", 250, Token);
        await client.CommandAsync("DATA", 354, Token);
        await client.SendAsync("Subject: Hi\r\nX-A: 1\r\n\r\n..dot\r\n\xff\n.\r\n"u8.ToArray(), Token);
        await client.SendAsync("\r\n.\r\n"u8.ToArray(), Token);
        await client.ExpectAsync(250, Token);

        var message = Assert.Single(server.Messages);
        Assert.Equal("Subject: Hi\r\nX-A: 1\r\n\r\n.dot\r\n\u00ff\n.\r\n\r\n", message.GetSource());
        Assert.Equal("ann@example.com", message.Sender);
        Assert.Equal(["bob@example.com", "eve@example.com"], message.Recipients);
        Assert.Equal("Hi", message.Subject);
        Assert.Equal("1", message.Header("x-a"));
        Assert.Null(message.Header("X-B"));
        Assert.Equal("#1 from <ann@example.com> to <bob@example.com>, <eve@example.com>: Hi, 37 octets", message.ToString());
    }

    [Fact(Timeout = Hang)]
    public async Task The_mail_client_of_dotnet_can_send_to_it()
    {
        await using var server = await SmtpTestServer.StartAsync();
        using var client = new SmtpClient("127.0.0.1", server.Port);
        using var mail = new MailMessage("ann@example.com", "bob@example.com", "Grüße aus Köln, mit einem langen Betreff, der nicht in ein Wort passt", "Schöne Grüße.\r\n.\r\nAnn");
        mail.Bcc.Add("blind@example.com");
        await client.SendMailAsync(mail, Token);

        var message = await server.WaitForMessageAsync(cancellationToken: Token);
        Assert.Equal("Grüße aus Köln, mit einem langen Betreff, der nicht in ein Wort passt", message.Subject);
        Assert.Equal("Schöne Grüße.\r\n.\r\nAnn", message.Text.TrimEnd());
        Assert.Equal("ann@example.com", message.From);
        Assert.Equal("bob@example.com", message.To);
        Assert.Equal(["bob@example.com", "blind@example.com"], message.Recipients);
    }

    [Fact(Timeout = Hang)]
    public async Task Waiting_finds_a_message_that_is_there_and_one_that_comes_later()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Subject: first\n\nHi.", Token);

        Assert.Equal("first", (await server.WaitForMessageAsync(cancellationToken: Token)).Subject);
        var second = server.WaitForMessageAsync(message => message.Subject == "second", cancellationToken: Token);
        var both = server.WaitForMessagesAsync(2, cancellationToken: Token);
        Assert.False(second.IsCompleted);
        Assert.False(both.IsCompleted);

        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Subject: second\n\nHi.", Token);
        Assert.Equal(2, (await second).Number);
        Assert.Equal(["first", "second"], (await both).Select(message => message.Subject));
    }

    [Fact(Timeout = Hang)]
    public async Task Waiting_in_vain_tells_what_came_instead()
    {
        await using var server = new SmtpTestServer();
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Subject: other\n\nHi.", Token);

        var timeout = await Assert.ThrowsAsync<TimeoutException>(
            () => server.WaitForMessageAsync(message => message.Subject == "hello", TimeSpan.FromMilliseconds(20), Token));

        Assert.Contains("#1 from <a@x.test> to <b@x.test>: other", timeout.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang)]
    public async Task A_predicate_that_throws_fails_who_waits_and_not_who_sends()
    {
        await using var server = new SmtpTestServer();
        var waiting = server.WaitForMessageAsync(_ => throw new FormatException("mine"), cancellationToken: Token);
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        Assert.Equal(250, (await client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token)).Code);
        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => waiting)).Message);
    }

    [Fact(Timeout = Hang)]
    public async Task No_more_is_kept_than_there_is_room_for()
    {
        await using var server = new SmtpTestServer { MaxMessages = 2, MaxOctets = 100 };
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        Assert.Equal(452, (await client.SendMessageAsync("a@x.test", ["b@x.test"], new string('x', 100), Token)).Code);
        Assert.Equal(250, (await client.SendMessageAsync("a@x.test", ["b@x.test"], "one", Token)).Code);
        Assert.Equal(250, (await client.SendMessageAsync("a@x.test", ["b@x.test"], "two", Token)).Code);
        var full = await client.SendMessageAsync("a@x.test", ["b@x.test"], "three", Token);
        Assert.Equal(452, full.Code);
        Assert.Contains("clear it", full.Text, StringComparison.Ordinal);

        server.Clear();
        Assert.Empty(server.Messages);
        Assert.Equal(250, (await client.SendMessageAsync("a@x.test", ["b@x.test"], new string('x', 90), Token)).Code);
        Assert.Equal(3, Assert.Single(server.Messages).Number);
    }

    [Fact(Timeout = Hang)]
    public async Task Time_passes_when_the_test_says_so()
    {
        var time = new FakeTimeProvider();
        await using var server = new SmtpTestServer(options => options.TimeProvider = time);
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);

        var reply = client.ExpectAsync(421, Token);
        // The clock must move on behind the start of the wait, which nobody can see from here: so it moves until the server has noticed.
        while (!reply.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.StartsWith("4.4.2", (await reply).Text, StringComparison.Ordinal);
        await client.ExpectEndAsync(Token);
    }

    [Fact(Timeout = Hang)]
    public async Task A_handler_of_your_own_can_be_tested()
    {
        await using var server = new SmtpTestServer(options => options.HandlerFactory = _ => new SmtpHandler());
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Token);
        await client.CommandAsync("MAIL FROM:<a@x.test>", 250, Token);

        Assert.StartsWith("5.7.1", (await client.CommandAsync("RCPT TO:<b@x.test>", 550, Token)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_takes_the_messages_away_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SmtpTestServer(options => options.OnMessage = (_, _) => new(SmtpReply.Ok)));

    [Fact(Timeout = Hang)]
    public async Task Disposing_cuts_connections_and_frees_the_port()
    {
        var server = await SmtpTestServer.StartAsync();
        await using var inMemory = server.Connect();
        await inMemory.ExpectAsync(220, Token);
        await using var overTcp = await SmtpTestClient.ConnectAsync(server.EndPoint!, Token);
        await overTcp.ExpectAsync(220, Token);
        Assert.Equal(2, server.ConnectionCount);

        await server.DisposeAsync();

        await overTcp.ExpectEndAsync(Token);
        await inMemory.ExpectEndAsync(Token);
        Assert.Equal(0, server.ConnectionCount);
        await using var again = await SmtpTestServer.StartAsync(server.Port);
        Assert.Equal(server.Port, again.Port);
    }

    [Fact(Timeout = Hang)]
    public async Task A_refused_client_over_tcp_reads_the_refusal_and_the_end()
    {
        await using var server = await SmtpTestServer.StartAsync();
        server.Faults.Reply(SmtpTestStage.Connect, SmtpReply.ServiceUnavailable());
        await using var client = await SmtpTestClient.ConnectAsync(server.EndPoint!, Token);

        await client.ExpectAsync(421, Token);
        await client.ExpectEndAsync(Token);
    }

    [Fact(Timeout = Hang)]
    public async Task Many_clients_at_once_are_all_served()
    {
        await using var server = new SmtpTestServer();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await using var client = server.Connect();
            await client.HelloAsync(cancellationToken: Token);
            await client.SendMessageAsync("a@x.test", [$"{i}@x.test"], $"Subject: {i}\n\nHi.", Token);
        }));

        var messages = await server.WaitForMessagesAsync(200, cancellationToken: Token);
        Assert.Equal(200, messages.Select(message => message.Subject).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact(Timeout = Hang)]
    public async Task TLS_and_AUTH_work_as_with_any_server()
    {
        await using var server = new SmtpTestServer(options =>
        {
            options.Tls = SmtpTestServer.CreateTls();
            options.Authentication.Passwords = SmtpTestServer.AnyPassword;
        });
        await using var client = server.Connect();
        Assert.DoesNotContain((await client.HelloAsync(cancellationToken: Token)).Lines, line => line.StartsWith("AUTH", StringComparison.Ordinal));
        await client.StartTlsAsync(cancellationToken: Token);
        await client.CommandAsync("EHLO client.test", 250, Token);
        server.Faults.Reply(SmtpTestStage.Authentication, new SmtpReply(454, new(4, 7, 0), "Later"));
        Assert.Equal(454, (await Assert.ThrowsAsync<SmtpTestException>(() => client.AuthenticateAsync("ann", "secret", Token))).Reply!.Code);
        await client.AuthenticateAsync("ann", "secret", Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test"], "Hi.", Token);

        var connection = Assert.Single(server.Messages).Connection;
        Assert.Equal("ann", connection.Identity!.User);
        Assert.NotNull(connection.Tls);
    }

    [Fact(Timeout = Hang)]
    public async Task The_mail_client_of_dotnet_can_log_in()
    {
        await using var server = await SmtpTestServer.StartAsync(configure: options =>
        {
            options.Authentication.Passwords = SmtpTestServer.AnyPassword;
            options.Authentication.AllowInClear = true;
        });
        using var client = new SmtpClient("127.0.0.1", server.Port) { Credentials = new System.Net.NetworkCredential("ann", "secret") };
        await client.SendMailAsync("a@x.test", "b@x.test", "hello", "Hi.", Token);

        Assert.Equal("ann", Assert.Single(server.Messages).Connection.Identity!.User);
    }

    [Fact(Timeout = Hang)]
    public async Task A_connection_may_be_that_of_another_endpoint()
    {
        await using var server = new SmtpTestServer(options => options.Tls = SmtpTestServer.CreateTls());
        await using var secure = server.Connect(endpoint: new SmtpEndpoint(new System.Net.IPEndPoint(0, 465)) { Tls = SmtpTlsMode.Implicit });
        await secure.SecureAsync(cancellationToken: Token);
        await secure.HelloAsync(cancellationToken: Token);

        var lmtp = await server.ListenAsync(endpoint: new SmtpEndpoint(new System.Net.IPEndPoint(0, 24)) { IsLmtp = true });
        await using var client = await SmtpTestClient.ConnectAsync(lmtp, Token);
        await client.ExpectAsync(220, Token);
        await client.CommandAsync("LHLO client.test", 250, Token);
        await client.SendMessageAsync("a@x.test", ["b@x.test", "c@x.test"], "Hi.", Token);
        await client.ExpectAsync(250, Token);
        Assert.True(Assert.Single(server.Messages).Connection.IsLmtp);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
