using System.Text;

namespace Smtpd.Tests.Transport;

/// <summary>What comes in clear behind STARTTLS may be anybody's (CVE-2011-0411 and its many successors): none of it is run or answered, in whatever pieces it comes.</summary>
public sealed class TlsInjectionTests
{
    private const string Verb = "STARTTLS\r\n";
    private const string Injected = "MAIL FROM:<evil@x.test>\r\nRCPT TO:<evil@x.test>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n";

    private readonly TlsObserver handler = new();

    public static TheoryData<int> Injections() => [.. Enumerable.Range(0, Injected.Length + 1)];

    public static TheoryData<int> CutsOfTheVerb() => [.. Enumerable.Range(0, Verb.Length + 1)];

    [Theory(Timeout = Hang.Milliseconds)]
    [MemberData(nameof(Injections))]
    public async Task Octets_in_one_write_with_STARTTLS_are_dropped_be_their_line_whole_or_not(int injected)
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.GreetAsync();

        await peer.SendAsync(Verb + Injected[..injected]);
        Assert.StartsWith("220 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SecureAsync();

        await AssertBeginsAnewAsync(peer);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [MemberData(nameof(CutsOfTheVerb))]
    public async Task Octets_behind_a_STARTTLS_that_came_in_two_pieces_are_dropped(int cut)
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.GreetAsync();

        await peer.SendAsync(Verb[..cut]);
        // The first piece has been looked at when the reply to what was sent before it is there; only chance puts both into one read.
        await Task.Yield();
        await peer.SendAsync(Verb[cut..] + Injected);
        Assert.StartsWith("220 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);

        // A whole STARTTLS may have been answered before the rest came: then the rest is no handshake.
        if (await peer.TrySecureAsync())
            await AssertBeginsAnewAsync(peer);
        else
            await AssertEndedAsync(peer);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [MemberData(nameof(Injections))]
    public async Task Octets_that_come_when_STARTTLS_was_answered_are_a_handshake_that_fails(int before)
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.GreetAsync();

        await peer.SendAsync(Verb + Injected[..before]);
        Assert.StartsWith("220 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync(Injected[before..] + Injected);
        peer.Close();

        await AssertEndedAsync(peer);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task What_was_said_in_clear_is_forgotten()
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        await peer.SecureAsync();

        await AssertBeginsAnewAsync(peer);
    }

    private SmtpServer Server() => new(new SmtpServerOptions
    {
        Hostname = "mx.test",
        Tls = new SmtpTls { Certificate = TlsCertificates.Context(TlsCertificates.Issue("mx.test")) },
        HandlerFactory = _ => handler,
    });

    private async Task AssertBeginsAnewAsync(TlsPeer peer)
    {
        await peer.SendAsync("MAIL FROM:<good@x.test>\r\n");
        Assert.StartsWith("503 5.5.1", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync("EHLO client.test\r\n");
        var list = await peer.ReplyAsync();
        Assert.StartsWith("250-mx.test", list, StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", list, StringComparison.Ordinal);
        await peer.SendAsync("MAIL FROM:<good@x.test>\r\n");
        Assert.StartsWith("250 2.1.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(["good@x.test"], handler.Senders);
    }

    /// <summary>Nothing in clear came behind the answer to STARTTLS but, perhaps, an alert of TLS (record type 21).</summary>
    private async Task AssertEndedAsync(TlsPeer peer)
    {
        var from = Encoding.Latin1.GetString(peer.Received).IndexOf("220 2.0.0", StringComparison.Ordinal);
        await peer.RestInClearAsync();
        await peer.Served;
        var behind = Encoding.Latin1.GetString(peer.Received)[from..];
        var rest = peer.Received[(from + behind.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        Assert.True(rest is [] or [21, 3, ..], "The server said in clear: " + Encoding.Latin1.GetString(rest));
        Assert.Empty(handler.Senders);
        Assert.Equal(SmtpDisconnectReason.TlsFailed, await handler.Disconnected);
    }
}
