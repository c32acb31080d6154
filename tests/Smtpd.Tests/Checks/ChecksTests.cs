using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Tests.Transport;

namespace Smtpd.Tests.Checks;

/// <summary>The checks as a client meets them.</summary>
public sealed class ChecksTests
{
    private static readonly IPNetwork Bad = IPNetwork.Parse("192.0.2.0/24");

    private readonly FakeTimeProvider time = new();

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("192.0.2.7", "554 5.7.1")]
    [InlineData("198.51.100.7", "220")]
    public async Task Denied_networks_are_refused_in_the_place_of_the_greeting(string client, string greeting)
    {
        await using var server = Server(AddressListCheck.Deny(Bad));

        Assert.StartsWith(greeting, await Connect(server, client).ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("192.0.2.7", "220")]
    [InlineData("198.51.100.7", "554 5.7.1")]
    public async Task Only_allowed_networks_are_greeted(string client, string greeting)
    {
        await using var server = Server(AddressListCheck.AllowOnly(Bad));

        Assert.StartsWith(greeting, await Connect(server, client).ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("192.0.2.7", "220")]
    [InlineData("192.0.2.8", "554 5.7.1 Client [192.0.2.8] is listed by bl.test")]
    public async Task An_exempt_network_is_not_asked_about(string client, string greeting)
    {
        var listed = new DnsBlocklistCheck(new InMemoryBlocklist("bl.test", Bad));
        await using var server = Server(ExemptCheck.Networks([IPNetwork.Parse("192.0.2.7/32")], listed));

        Assert.StartsWith(greeting, await Connect(server, client).ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task The_first_check_that_decides_is_the_last_one_asked()
    {
        var asked = new List<string>();
        await using var server = Server(
            new Tale(asked, "one", SmtpReply.Continue), new Tale(asked, "two", new SmtpReply(550, new(5, 7, 1), "No")), new Tale(asked, "three", SmtpReply.Continue));
        var peer = await HelloAsync(server, "198.51.100.7");

        Assert.StartsWith("550 5.7.1 No", await AskAsync(peer, "MAIL FROM:<a@x.test>"), StringComparison.Ordinal);
        Assert.Equal(["one", "two"], asked);
        peer.Close();
        await peer.Served;
        Assert.Equal(["one", "two", "one ended", "two ended", "three ended"], asked);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Too_many_messages_from_one_network_wait_and_others_do_not()
    {
        await using var server = Server(new RateLimitCheck(new InMemoryRateLimiter(1, TimeSpan.FromMinutes(1), time)));
        var first = await HelloAsync(server, "198.51.100.7");
        Assert.StartsWith("250", await AskAsync(first, "MAIL FROM:<a@x.test>"), StringComparison.Ordinal);
        var again = await HelloAsync(server, "198.51.100.7");
        Assert.StartsWith("450 4.7.1", await AskAsync(again, "MAIL FROM:<a@x.test>"), StringComparison.Ordinal);
        var other = await HelloAsync(server, "198.51.100.8");
        Assert.StartsWith("250", await AskAsync(other, "MAIL FROM:<a@x.test>"), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(67));
        Assert.StartsWith("250", await AskAsync(again, "MAIL FROM:<a@x.test>"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Too_many_recipients_wait()
    {
        await using var server = Server(new RateLimitCheck(new InMemoryRateLimiter(1, TimeSpan.FromMinutes(1), time), RateLimited.Recipients));
        var peer = await HelloAsync(server, "198.51.100.7");
        await AskAsync(peer, "MAIL FROM:<a@x.test>");

        Assert.StartsWith("250", await AskAsync(peer, "RCPT TO:<b@x.test>"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1", await AskAsync(peer, "RCPT TO:<c@x.test>"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task An_unknown_sender_is_taken_when_it_comes_back_in_time_from_a_neighbour()
    {
        await using var server = Server(new GreylistCheck(new InMemoryGreylistStore(time)));

        Assert.StartsWith("451 4.7.1", await RecipientAsync(server, "198.51.100.7", "B@x.test"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("451 4.7.1", await RecipientAsync(server, "198.51.100.7", "b@x.test"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.StartsWith("250", await RecipientAsync(server, "198.51.100.99", "b@x.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await RecipientAsync(server, "198.51.100.7", "b@x.test"), StringComparison.Ordinal);
        Assert.StartsWith("451 4.7.1", await RecipientAsync(server, "198.51.100.7", "c@x.test"), StringComparison.Ordinal);
        Assert.StartsWith("451 4.7.1", await RecipientAsync(server, "203.0.113.7", "b@x.test"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task An_unknown_sender_that_comes_back_too_late_begins_anew()
    {
        await using var server = Server(new GreylistCheck(new InMemoryGreylistStore(time)));
        await RecipientAsync(server, "198.51.100.7", "b@x.test");

        time.Advance(TimeSpan.FromDays(3));

        Assert.StartsWith("451 4.7.1", await RecipientAsync(server, "198.51.100.7", "b@x.test"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.99", "99.2.0.192.bl.test")]
    [InlineData("2001:db8:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.test")]
    public void A_blocklist_is_asked_by_the_address_in_reverse(string address, string query) =>
        Assert.Equal(query, new DnsBlocklist("bl.test").Query(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.2", true)]
    [InlineData("127.255.255.254", false)]
    [InlineData("192.0.2.1", false)]
    public async Task Only_an_answer_of_loopback_lists_and_it_is_remembered(string answer, bool isListed)
    {
        var asked = 0;
        var list = new DnsBlocklist("bl.test", time, (_, _) =>
        {
            asked++;
            return Task.FromResult<IPAddress[]>([IPAddress.Parse(answer)]);
        });

        Assert.Equal(isListed, await list.IsListedAsync(IPAddress.Parse("192.0.2.99"), TestContext.Current.CancellationToken));
        Assert.Equal(isListed, await list.IsListedAsync(IPAddress.Parse("192.0.2.99"), TestContext.Current.CancellationToken));
        Assert.Equal(1, asked);
        time.Advance(TimeSpan.FromMinutes(6));
        await list.IsListedAsync(IPAddress.Parse("192.0.2.99"), TestContext.Current.CancellationToken);
        Assert.Equal(2, asked);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_resolver_that_fails_or_does_not_answer_lists_nobody()
    {
        var failing = new DnsBlocklist("bl.test", time, (_, _) => throw new SocketException((int)SocketError.TryAgain));
        Assert.False(await failing.IsListedAsync(IPAddress.Parse("192.0.2.99"), TestContext.Current.CancellationToken));

        var silent = new DnsBlocklist("bl.test", time, async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return [];
        });
        var asking = silent.IsListedAsync(IPAddress.Parse("192.0.2.99"), TestContext.Current.CancellationToken).AsTask();
        await time.AdvanceToAsync(asking, atLeast: TimeSpan.FromSeconds(5));
        Assert.False(await asking);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_check_that_fails_at_the_end_does_not_keep_the_others_and_the_handler_from_hearing_of_it()
    {
        var asked = new List<string>();
        var options = new SmtpServerOptions { HandlerFactory = _ => new EndOfHandler(asked) };
        options.Checks.Add(new FailingAtTheEnd());
        options.Checks.Add(new Tale(asked, "two", SmtpReply.Continue));
        await using var server = new SmtpServer(options);
        var peer = Connect(server, "192.0.2.1");
        await peer.ReplyAsync();

        peer.Close();
        await peer.Served;

        Assert.Equal(["two ended", "handler ended"], asked);
    }

    private static InMemoryPeer Connect(SmtpServer server, string client) => InMemoryPeer.Connect(server, remote: new IPEndPoint(IPAddress.Parse(client), 25));

    private static async Task<InMemoryPeer> HelloAsync(SmtpServer server, string client)
    {
        var peer = Connect(server, client);
        await peer.ReplyAsync();
        await AskAsync(peer, "EHLO client.test");
        return peer;
    }

    private static async Task<string> AskAsync(InMemoryPeer peer, string command)
    {
        await peer.SendAsync(command + "\r\n");
        return await peer.ReplyAsync();
    }

    private static async Task<string> RecipientAsync(SmtpServer server, string client, string recipient)
    {
        var peer = await HelloAsync(server, client);
        await AskAsync(peer, "MAIL FROM:<a@x.test>");
        var reply = await AskAsync(peer, $"RCPT TO:<{recipient}>");
        peer.Close();
        await peer.Served;
        return reply;
    }

    private SmtpServer Server(params SmtpCheck[] checks)
    {
        var options = new SmtpServerOptions { Hostname = "mx.test", TimeProvider = time, OnMessage = static (_, _) => new(SmtpReply.Ok) };
        // Time moves in minutes here, and no deadline is the matter.
        options.Timeouts = new SmtpTimeouts { Greeting = TimeSpan.FromDays(30), Command = TimeSpan.FromDays(30), Connection = TimeSpan.FromDays(40) };
        foreach (var check in checks)
            options.Checks.Add(check);
        return new SmtpServer(options);
    }

    private sealed class Tale(List<string> asked, string name, SmtpReply reply) : SmtpCheck
    {
        public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
        {
            asked.Add(name);
            return new(reply);
        }

        public override void OnDisconnected(SmtpConnection connection) => asked.Add(name + " ended");
    }

    private sealed class FailingAtTheEnd : SmtpCheck
    {
        public override void OnDisconnected(SmtpConnection connection) => throw new InvalidOperationException("A check of somebody.");
    }

    private sealed class EndOfHandler(List<string> asked) : SmtpHandler
    {
        public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
        {
            asked.Add("handler ended");
            return ValueTask.CompletedTask;
        }
    }
}
