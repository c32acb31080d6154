using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Replies;
using Smtpd.Tests.Dialogues;
using Smtpd.Transport;

namespace Smtpd.Tests.Transport;

/// <summary>What is given back however a connection ends, and that nothing on the way to the end can keep it.</summary>
public sealed class LossTests
{
    private readonly FakeTimeProvider time = new();

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(60_000)]
    [InlineData(200_000)]
    public async Task Content_of_a_lost_connection_is_no_longer_counted(int octets)
    {
        await using var server = Server(new SmtpServerOptions
        {
            Limits = new SmtpLimits { ContentMemoryOctets = 1024 * 1024 },
            OnMessage = static async (mail, token) =>
            {
                await mail.Body.CopyToAsync(Stream.Null, token);
                return SmtpReply.Ok;
            },
        });
        for (var i = 0; i < 40; i++)
        {
            var lost = InMemoryPeer.Connect(server);
            await lost.BeginMailAsync();
            await lost.SendAsync("DATA\r\n");
            Assert.StartsWith("354", await lost.ReplyAsync(), StringComparison.Ordinal);
            await lost.FloodAsync(octets);
            lost.Close();
            await lost.Served;
        }

        Assert.StartsWith("220", await InMemoryPeer.Connect(server).ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_callback_that_throws_when_the_token_is_cancelled_does_not_keep_the_connection()
    {
        await using var server = Server(new SmtpServerOptions
        {
            OnMessage = static async (mail, token) =>
            {
                token.Register(static () => throw new InvalidOperationException("A callback of somebody."));
                await mail.Body.CopyToAsync(Stream.Null, token);
                return SmtpReply.Ok;
            },
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        Assert.StartsWith("354", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.FloodAsync(200_000);
        peer.Close();

        await peer.Served;
        Assert.Equal(0, server.ConnectionCount);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_hook_that_does_not_answer_behind_STARTTLS_does_not_keep_its_client()
    {
        var never = new TaskCompletionSource<SmtpReply>();
        await using var server = Server(new SmtpServerOptions
        {
            Tls = ScriptedHandshake.Options,
            Handshake = new ScriptedHandshake(),
            HandlerFactory = _ => new SlowHandler { TlsEstablished = never.Task },
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("STARTTLS\r\n");
        Assert.StartsWith("220 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync(Encoding.Latin1.GetString(ScriptedHandshake.Hello));

        var end = peer.ReplyAsync();
        await time.AdvanceToAsync(end, atLeast: new SmtpTimeouts().Handler);

        Assert.Equal(string.Empty, await end);
        never.SetResult(SmtpReply.Continue);
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_hook_that_does_not_answer_at_the_end_does_not_keep_its_client()
    {
        var never = new TaskCompletionSource();
        await using var server = Server(new SmtpServerOptions { HandlerFactory = _ => new SlowHandler { Disconnected = never.Task } });
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("QUIT\r\n");
        Assert.StartsWith("221", await peer.ReplyAsync(), StringComparison.Ordinal);

        var end = peer.ReplyAsync();
        await time.AdvanceToAsync(end, atLeast: new SmtpTimeouts().Handler);

        Assert.Equal(string.Empty, await end);
        never.SetResult();
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_client_that_does_not_take_the_end_of_TLS_is_cut()
    {
        await using var server = Server(new SmtpServerOptions { Tls = new SmtpTls { Certificate = Certificate() } });
        // Room for the reply to QUIT as a TLS record, and not for the alert behind it.
        var window = ProtocolReplies.Goodbye("mx.test").ToString().Length + 2 + 22 + 10;
        var options = new PipeOptions(pauseWriterThreshold: window, resumeWriterThreshold: window / 2, useSynchronizationContext: false);
        var (toServer, toClient) = (new Pipe(), new Pipe(options));
        var served = server.ServeConnectionAsync(
            new Ends(toServer.Reader, toClient.Writer), endpoint: new SmtpEndpoint(new IPEndPoint(IPAddress.Loopback, 0)) { Tls = SmtpTlsMode.Implicit },
            cancellationToken: TestContext.Current.CancellationToken);
        await using var client = new SslStream(new DuplexPipeStream(new Ends(toClient.Reader, toServer.Writer)));
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "server.test", RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject is "CN=server.test" },
            TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await client.ReadAsync(new byte[1024], TestContext.Current.CancellationToken));

        await client.WriteAsync("QUIT\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        await time.AdvanceToAsync(served);
        Assert.Equal(0, server.ConnectionCount);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Connections_are_accepted_still_when_one_could_not_be_admitted()
    {
        using var failing = new FailingLog(7);
        await using var server = new SmtpServer(
            new SmtpServerOptions { Address = "127.0.0.1:0", Limits = new SmtpLimits { Connections = 1 }, OnMessage = static (_, _) => new(SmtpReply.Ok) }, failing);
        await server.StartAsync(TestContext.Current.CancellationToken);
        var endPoint = (IPEndPoint)server.LocalEndPoints.Single();
        using (var first = new TcpClient())
        {
            Assert.StartsWith("220", await GreetingAsync(first, endPoint), StringComparison.Ordinal);
            using var second = new TcpClient();
            Assert.Equal(string.Empty, await GreetingAsync(second, endPoint));
        }

        while (server.ConnectionCount > 0)
            await Task.Yield();
        using var third = new TcpClient();
        Assert.StartsWith("220", await GreetingAsync(third, endPoint), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Disposing_of_a_stopped_server_leaves_its_path_to_the_next()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var options = new SmtpServerOptions { Address = "unix:" + path, OnMessage = static (_, _) => new(SmtpReply.Ok) };
        var before = new SmtpServer(options);
        await before.StartAsync(TestContext.Current.CancellationToken);
        await before.StopAsync(TestContext.Current.CancellationToken);
        await using var next = new SmtpServer(options);
        await next.StartAsync(TestContext.Current.CancellationToken);

        await before.DisposeAsync();

        Assert.True(File.Exists(path));
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Proxies_are_not_counted_as_clients_when_they_tell_no_address()
    {
        var options = new SmtpServerOptions { Limits = new SmtpLimits { ConnectionsPerAddress = 1 } };
        options.Proxies.Trusted.Add(IPNetwork.Parse("192.0.2.0/24"));
        await using var server = Server(options);
        for (var i = 0; i < 3; i++)
        {
            var proxy = InMemoryPeer.Connect(server, remote: new IPEndPoint(IPAddress.Parse("192.0.2.1"), 25000 + i));
            await proxy.ReplyAsync();
            await proxy.SendAsync("XCLIENT NAME=client.example\r\n");
            Assert.StartsWith("220", await proxy.ReplyAsync(), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_mailbox_that_a_hook_gave_for_an_identity_goes_with_it()
    {
        var mailboxes = new List<int?>();
        var options = new SmtpServerOptions
        {
            Tls = ScriptedHandshake.Options,
            Handshake = new ScriptedHandshake(),
            HandlerFactory = _ => new MailboxGiver(mailboxes),
        };
        options.Authentication.AllowInClear = true;
        options.Authentication.Mechanisms.Add(new ScriptedMechanism("X-ONE"));
        await using var server = Server(options);
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("EHLO client.test\r\n");
        await peer.ReplyAsync();
        await peer.SendAsync("AUTH X-ONE " + Convert.ToBase64String("user joe"u8) + "\r\n");
        Assert.StartsWith("235", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync("STARTTLS\r\n");
        Assert.StartsWith("220", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync(Encoding.Latin1.GetString(ScriptedHandshake.Hello) + "NOOP\r\n");
        Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);

        // The one before AUTH is the connection's own.
        Assert.Equal([3, 3], mailboxes);
    }

    private static SslStreamCertificateContext Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=server.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null), null, offline: true);
    }

    private static async Task<string> GreetingAsync(TcpClient client, IPEndPoint server)
    {
        await client.ConnectAsync(server, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? string.Empty;
    }

    private SmtpServer Server(SmtpServerOptions options)
    {
        options.Hostname = "mx.test";
        options.TimeProvider = time;
        if (options.HandlerFactory is null)
            options.OnMessage ??= static (_, _) => new(SmtpReply.Ok);
        return new SmtpServer(options);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class SlowHandler : SmtpHandler
    {
        public Task<SmtpReply> TlsEstablished { get; init; } = Task.FromResult(SmtpReply.Continue);

        public Task Disconnected { get; init; } = Task.CompletedTask;

        public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken) => new(TlsEstablished);

        public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason) => new(Disconnected);
    }

    private sealed class MailboxGiver(List<int?> mailboxes) : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken)
        {
            connection.MailboxId = 3;
            return new(SmtpReply.Continue);
        }

        public override ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken)
        {
            mailboxes.Add(connection.MailboxId);
            connection.MailboxId = 5;
            return new(SmtpReply.Continue);
        }

        public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken)
        {
            mailboxes.Add(connection.MailboxId);
            return new(SmtpReply.Continue);
        }
    }

    /// <summary>Throws at a line of one id, as a log may whose disk is full.</summary>
    private sealed class FailingLog(int id) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == id)
                throw new InvalidOperationException("There is no room for this line.");
        }

        public void Dispose()
        {
        }
    }
}
