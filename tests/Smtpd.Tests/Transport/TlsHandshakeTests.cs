using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

public sealed class TlsHandshakeTests
{
    private const byte Alert = 21;

    private readonly TlsObserver handler = new();
    private readonly FakeTimeProvider time = new();

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(SmtpTlsMode.StartTls)]
    [InlineData(SmtpTlsMode.Implicit)]
    public async Task A_handshake_that_does_not_come_ends_at_its_deadline_without_a_word(SmtpTlsMode mode)
    {
        await using var server = Server(timeouts: new SmtpTimeouts { Handshake = TimeSpan.FromSeconds(30) });
        await using var peer = TlsPeer.Connect(server, mode);
        if (mode == SmtpTlsMode.StartTls)
            await peer.StartTlsAsync();

        await time.AdvanceToAsync(peer.Served, atLeast: TimeSpan.FromSeconds(30));

        Assert.Empty(await peer.RestInClearAsync());
        // With implicit TLS there is no handler before the handshake.
        if (mode == SmtpTlsMode.StartTls)
            Assert.Equal(SmtpDisconnectReason.TimedOut, await handler.Disconnected);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_handshake_that_drips_ends_at_the_same_deadline()
    {
        await using var server = Server(timeouts: new SmtpTimeouts { Handshake = TimeSpan.FromSeconds(30) });
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        byte[] hello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
        var sent = 0;

        // A deadline that started anew with each octet would never pass.
        await time.AdvanceToAsync(peer.Served, TimeSpan.FromSeconds(30), async () => await peer.SendAsync(new[] { sent < hello.Length ? hello[sent++] : (byte)7 }));

        Assert.Equal(SmtpDisconnectReason.TimedOut, await handler.Disconnected);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_peer_that_says_nothing_under_TLS_is_told_421()
    {
        await using var server = Server(timeouts: new SmtpTimeouts { Command = TimeSpan.FromSeconds(60) });
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        await peer.SecureAsync(protocols: SslProtocols.Tls12);

        var reply = peer.ReplyAsync();
        await time.AdvanceToAsync(reply, atLeast: TimeSpan.FromSeconds(55));

        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        await peer.RestInClearAsync();
        Assert.Equal(Alert, TypeOfLastRecord(peer.Received));
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_server_that_stops_does_not_wait_for_a_handshake()
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();

        await server.StopAsync(TestContext.Current.CancellationToken);

        await peer.Served;
        Assert.Empty(await peer.RestInClearAsync());
        Assert.Equal(SmtpDisconnectReason.ServerStopping, await handler.Disconnected);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task QUIT_is_answered_under_TLS_and_followed_by_close_notify()
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        // Records of TLS 1.2 tell their type.
        await peer.SecureAsync(protocols: SslProtocols.Tls12);

        await peer.SendAsync("QUIT\r\n");
        Assert.StartsWith("221 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.RestInClearAsync();

        Assert.Equal(Alert, TypeOfLastRecord(peer.Received));
        Assert.Equal(SmtpDisconnectReason.Quit, await handler.Disconnected);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_refusal_that_closes_is_followed_by_close_notify()
    {
        await using var server = Server(limits: new SmtpLimits { Errors = 1 });
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        await peer.SecureAsync(protocols: SslProtocols.Tls12);

        await peer.SendAsync("FROB\r\n");
        Assert.StartsWith("421 4.7.0", await peer.ReplyAsync(), StringComparison.Ordinal);

        await peer.RestInClearAsync();
        Assert.Equal(Alert, TypeOfLastRecord(peer.Received));
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task The_hook_learns_what_was_agreed_on()
    {
        using var certificate = TlsCertificates.Issue("mx.test");
        await using var server = Server(new SmtpTls { Certificate = TlsCertificates.Context(certificate) });
        await using var peer = TlsPeer.Connect(server, SmtpTlsMode.Implicit);
        await peer.SecureAsync("some.test");
        await peer.ReplyAsync();

        var tls = handler.Tls!;
        Assert.Equal("some.test", tls.ServerName);
        Assert.True(tls.Protocol is SslProtocols.Tls12 or SslProtocols.Tls13, tls.ToString());
        Assert.NotEqual(default, tls.CipherSuite);
        Assert.Null(tls.ClientCertificate);
        // RFC 5929 §4.1: the certificate is signed with SHA-256.
        Assert.Equal(SHA256.HashData(certificate.RawData), tls.ServerEndPointBinding.ToArray());
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData("one.test", "CN=one.test")]
    [InlineData("two.test", "CN=two.test")]
    [InlineData("other.test", "CN=mx.test")]
    public async Task The_name_the_client_asks_for_chooses_the_certificate(string name, string subject)
    {
        var (one, two) = (TlsCertificates.Context(TlsCertificates.Issue("one.test")), TlsCertificates.Context(TlsCertificates.Issue("two.test")));
        await using var server = Server(new SmtpTls
        {
            Certificate = TlsCertificates.Context(TlsCertificates.Issue("mx.test")),
            CertificateSelector = async (_, asked, _) =>
            {
                await Task.Yield();
                return asked switch { "one.test" => one, "two.test" => two, _ => null };
            },
        });
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();
        await peer.SecureAsync(name);

        Assert.Equal(subject, peer.ServerSubject);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_selector_without_a_certificate_fails_the_handshake_only(bool throws)
    {
        await using var server = Server(new SmtpTls { CertificateSelector = (_, _, _) => throws ? throw new InvalidOperationException("lost") : default });
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();

        Assert.False(await peer.TrySecureAsync());

        await peer.Served;
        Assert.Null(handler.Tls);
        Assert.Equal(SmtpDisconnectReason.TlsFailed, await handler.Disconnected);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TLS_before_1_2_is_refused_by_default(byte minor)
    {
        await using var server = Server();
        await using var peer = TlsPeer.Connect(server);
        await peer.StartTlsAsync();

        await peer.SendAsync(ClientHello(minor));
        var rest = await peer.RestInClearAsync();

        // RFC 5246 §7.2: a fatal alert, protocol_version.
        Assert.True(rest is [21, 3, _, 0, 2, 2, 70], Convert.ToHexString(rest));
        Assert.Null(handler.Tls);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_versions_of_the_options_are_spoken(SslProtocols version)
    {
        await using var server = Server(new SmtpTls { Certificate = TlsCertificates.Context(TlsCertificates.Issue("mx.test")), Protocols = version });
        await using var peer = TlsPeer.Connect(server, SmtpTlsMode.Implicit);
        await peer.SecureAsync();
        await peer.ReplyAsync();

        Assert.Equal(version, handler.Tls!.Protocol);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(SmtpClientCertificates.None, "known", true, false)]
    [InlineData(SmtpClientCertificates.None, "", true, false)]
    [InlineData(SmtpClientCertificates.Request, "known", true, true)]
    [InlineData(SmtpClientCertificates.Request, "", true, false)]
    [InlineData(SmtpClientCertificates.Request, "strange", true, false)]
    [InlineData(SmtpClientCertificates.Request, "self-signed", true, false)]
    [InlineData(SmtpClientCertificates.Request, "expired", true, false)]
    [InlineData(SmtpClientCertificates.Require, "known", true, true)]
    [InlineData(SmtpClientCertificates.Require, "", false, false)]
    [InlineData(SmtpClientCertificates.Require, "strange", false, false)]
    [InlineData(SmtpClientCertificates.Require, "self-signed", false, false)]
    [InlineData(SmtpClientCertificates.Require, "expired", false, false)]
    public async Task A_certificate_of_the_client_counts_only_when_it_is_asked_for_and_valid(SmtpClientCertificates mode, string which, bool isServed, bool isShown)
    {
        using var ours = TlsCertificates.Authority("Ours");
        using var theirs = TlsCertificates.Authority("Theirs");
        using var certificate = which switch
        {
            "known" => TlsCertificates.Issue("client.test", ours),
            "expired" => TlsCertificates.Issue("client.test", ours, isExpired: true),
            "strange" => TlsCertificates.Issue("client.test", theirs),
            "self-signed" => TlsCertificates.Issue("client.test"),
            _ => null,
        };
        var tls = new SmtpTls { Certificate = TlsCertificates.Context(TlsCertificates.Issue("mx.test")), ClientCertificates = mode };
        // An authority is known by its certificate, not by its key.
        tls.ClientAuthorities.Add(X509CertificateLoader.LoadCertificate(ours.RawData));
        await using var server = Server(tls);
        await using var peer = TlsPeer.Connect(server, SmtpTlsMode.Implicit);

        // With TLS 1.3 the client may think that all is well until it reads.
        var isGreeted = await peer.TrySecureAsync(certificate: certificate) && (await peer.ReplyAsync()).StartsWith("220 ", StringComparison.Ordinal);

        Assert.Equal(isServed, isGreeted);
        Assert.Equal(isServed, handler.Tls is not null);
        Assert.Equal(isShown ? certificate!.Thumbprint : null, handler.Tls?.ClientCertificate?.Thumbprint);
    }

    private SmtpServer Server(SmtpTls? tls = null, SmtpTimeouts? timeouts = null, SmtpLimits? limits = null) => new(new SmtpServerOptions
    {
        Hostname = "mx.test",
        Tls = tls ?? new SmtpTls { Certificate = TlsCertificates.Context(TlsCertificates.Issue("mx.test")) },
        Timeouts = timeouts ?? new SmtpTimeouts(),
        Limits = limits ?? new SmtpLimits(),
        TimeProvider = time,
        HandlerFactory = _ => handler,
    });

    private static byte TypeOfLastRecord(byte[] received)
    {
        // The first record is the server's hello, type 22; before it there is text.
        var at = received.AsSpan().IndexOf<byte>([22, 3, 3]);
        byte type = 0;
        while (at + 5 <= received.Length)
        {
            type = received[at];
            at += 5 + (received[at + 3] << 8) + received[at + 4];
        }

        Assert.Equal(received.Length, at);
        return type;
    }

    /// <summary>A hello of TLS 1.0 or 1.1 made by hand, as today's libraries will not send one.</summary>
    private static byte[] ClientHello(byte minor)
    {
        byte[] suites = [0xC0, 0x0A, 0xC0, 0x09, 0xC0, 0x14, 0xC0, 0x13, 0x00, 0x2F];
        byte[] extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0];
        byte[] body = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        byte[] handshake = [1, 0, 0, (byte)body.Length, .. body];
        return [22, 3, 1, 0, (byte)handshake.Length, .. handshake];
    }
}
