using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Lab.Load;

/// <summary>A client with little of its own: thousands of them fit in one process. It may come from any address of loopback, as limits count addresses.</summary>
internal sealed class Peer : IDisposable
{
    // Servers let so many in from one address by default.
    private const int PerAddress = 50;

    private readonly Socket socket;
    private readonly List<byte> input = [];
    private Stream stream;

    private Peer(Socket socket) => (this.socket, stream) = (socket, new NetworkStream(socket));

    /// <summary>The address for the n-th peer: fifty share each.</summary>
    public static IPAddress AddressOf(int n) => new([127, 1, (byte)(n / PerAddress / 250), (byte)(1 + n / PerAddress % 250)]);

    /// <summary>Connects and says nothing.</summary>
    public static Task<Peer> ConnectAsync(IPEndPoint server, IPAddress from, CancellationToken cancellationToken) => ConnectAsync(server, from, receiveBuffer: 0, cancellationToken);

    /// <param name="receiveBuffer">What the kernel takes for it before it reads; 0: as much as the kernel likes.</param>
    public static async Task<Peer> ConnectAsync(IPEndPoint server, IPAddress from, int receiveBuffer, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (receiveBuffer > 0)
                socket.ReceiveBufferSize = receiveBuffer;
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(server, cancellationToken);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects and says EHLO.</summary>
    public static async Task<Peer> GreetAsync(IPEndPoint server, IPAddress from, CancellationToken cancellationToken)
    {
        var peer = await ConnectAsync(server, from, cancellationToken);
        await peer.ExpectAsync("220", cancellationToken);
        await peer.CommandAsync("EHLO client.x.test", "250", cancellationToken);
        return peer;
    }

    public async Task CommandAsync(string command, string code, CancellationToken cancellationToken)
    {
        await SendAsync(command + "\r\n", cancellationToken);
        await ExpectAsync(code, cancellationToken);
    }

    public async Task ExpectAsync(string code, CancellationToken cancellationToken)
    {
        var reply = await ReplyAsync(cancellationToken);
        if (reply?.StartsWith(code, StringComparison.Ordinal) != true)
            throw new IOException($"Expected {code}, got: {reply ?? "the end"}");
    }

    /// <returns>The last line of the next reply; <c>null</c> when the connection has ended.</returns>
    public async Task<string?> ReplyAsync(CancellationToken cancellationToken)
    {
        var block = new byte[512];
        while (true)
        {
            while (input.IndexOf((byte)'\n') is var end and >= 0)
            {
                var line = Encoding.Latin1.GetString([.. input.Take(end)]).TrimEnd('\r');
                input.RemoveRange(0, end + 1);
                if (line.Length < 4 || line[3] != '-')
                    return line;
            }

            var some = await ReadAsync(block, cancellationToken);
            if (some == 0)
                return null;
            input.AddRange(block.AsSpan(0, some));
        }
    }

    /// <summary>Reads what still comes until the other side ends it.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        var block = new byte[4096];
        while (await ReadAsync(block, cancellationToken) > 0)
        {
            // Nobody asks what it was.
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) => await stream.WriteAsync(octets, cancellationToken);

    public Task SendAsync(string text, CancellationToken cancellationToken) => SendAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    /// <summary>Goes on under TLS, whoever the other side says it is.</summary>
    public async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        await CommandAsync("STARTTLS", "220", cancellationToken);
#pragma warning disable CA5359 // its certificate is its own
        SslStream tls = new(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
        stream = tls;
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    // A connection that was reset has ended too.
    private async Task<int> ReadAsync(byte[] block, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(block, cancellationToken);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
