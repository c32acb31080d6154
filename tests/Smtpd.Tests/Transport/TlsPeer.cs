using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Smtpd.Transport;

namespace Smtpd.Tests.Transport;

/// <summary>A client on two pipes in memory that can begin real TLS, and keeps every octet that it gets below TLS.</summary>
internal sealed class TlsPeer : IDuplexPipe, IAsyncDisposable
{
    private readonly Pipe toServer = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe toClient = new(new PipeOptions(useSynchronizationContext: false));
    private readonly TappedStream clear;
    private Stream stream;

    private TlsPeer() => stream = clear = new TappedStream(new DuplexPipeStream(new ClientSide(toClient.Reader, toServer.Writer)));

    public PipeReader Input => toServer.Reader;

    public PipeWriter Output => toClient.Writer;

    /// <summary>Ends with the connection.</summary>
    public Task Served { get; private set; } = Task.CompletedTask;

    /// <summary>What came below TLS so far.</summary>
    public byte[] Received => [.. clear.Received];

    /// <summary>What the server showed; taken as it is.</summary>
    public string? ServerSubject { get; private set; }

    public static TlsPeer Connect(SmtpServer server, SmtpTlsMode mode = SmtpTlsMode.StartTls)
    {
        var peer = new TlsPeer();
        var endpoint = new SmtpEndpoint(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)) { Tls = mode };
        peer.Served = server.ServeConnectionAsync(peer, endpoint: endpoint);
        return peer;
    }

    /// <summary>Greeting, EHLO and STARTTLS; the handshake is what comes next.</summary>
    public async Task StartTlsAsync()
    {
        await GreetAsync();
        await SendAsync("STARTTLS\r\n");
        Assert.StartsWith("220 2.0.0", await ReplyAsync(), StringComparison.Ordinal);
    }

    public async Task GreetAsync()
    {
        Assert.StartsWith("220 ", await ReplyAsync(), StringComparison.Ordinal);
        await SendAsync("EHLO client.test\r\n");
        Assert.Contains("STARTTLS", await ReplyAsync(), StringComparison.Ordinal);
    }

    /// <summary>Shakes hands.</summary>
    /// <exception cref="AuthenticationException">The two cannot agree.</exception>
    /// <exception cref="IOException">The server has closed.</exception>
    public async Task SecureAsync(string name = "mx.test", X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None)
    {
        var secured = new SslStream(clear, leaveInnerStreamOpen: true);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
            {
                ServerSubject = shown?.Subject;
                return shown is not null;
            },
            ClientCertificates = certificate is null ? null : [certificate],
            // Without it the client sends a certificate of the issuers only that the server names.
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        };
        await secured.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        stream = secured;
    }

    /// <summary>Whether the handshake succeeded.</summary>
    public async Task<bool> TrySecureAsync(string name = "mx.test", X509Certificate2? certificate = null)
    {
        try
        {
            await SecureAsync(name, certificate);
            return true;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return false;
        }
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        await stream.WriteAsync(octets, TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
    }

    public void Close() => toServer.Writer.Complete();

    public ValueTask DisposeAsync() => clear.DisposeAsync();

    /// <summary>The next reply, all its lines; an empty text at the end of the connection or when TLS was refused.</summary>
    public async Task<string> ReplyAsync()
    {
        var reply = new StringBuilder();
        while (true)
        {
            var line = await LineAsync();
            reply.Append(line);
            if (line.Length < 4 || line[3] != '-')
                return reply.ToString().TrimEnd();
        }
    }

    /// <summary>Reads to the end of the connection, below TLS.</summary>
    public async Task<byte[]> RestInClearAsync()
    {
        var from = clear.Received.Count;
        var buffer = new byte[1024];
        while (await clear.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
        {
        }

        return [.. clear.Received.Skip(from)];
    }

    private async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        var octet = new byte[1];
        try
        {
            while (await stream.ReadAsync(octet, TestContext.Current.CancellationToken) == 1)
            {
                line.Append((char)octet[0]);
                if (octet[0] == '\n')
                    return line.ToString();
            }
        }
        catch (IOException)
        {
            // With TLS 1.3 a client learns by its first read that the server did not like the handshake.
        }

        return string.Empty;
    }

    private sealed record ClientSide(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class TappedStream(Stream inner) : Stream
    {
        public List<byte> Received { get; } = [];

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var length = await inner.ReadAsync(buffer, cancellationToken);
            Received.AddRange(buffer.Span[..length]);
            return length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
