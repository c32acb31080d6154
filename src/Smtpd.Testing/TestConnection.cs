using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Smtpd.Testing;

/// <summary>The server's end of one connection, which can be cut at any moment.</summary>
internal sealed class TestConnection : IDuplexPipe, IDisposable
{
    private readonly Stream stream;
    private readonly Action endSending;
    private readonly CancellationTokenSource cut = new();
    private long octetsLeft;
    private volatile bool isCut;

    private TestConnection(Stream stream, Action endSending, EndPoint? local, EndPoint remote, long cutAfter)
    {
        this.stream = stream;
        this.endSending = endSending;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        octetsLeft = cutAfter;
        Input = PipeReader.Create(new ReceivingSide(this));
        Output = PipeWriter.Create(new SendingSide(this));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public EndPoint? LocalEndPoint { get; }

    /// <summary>An object of this connection alone: by it the handler finds its connection.</summary>
    public EndPoint RemoteEndPoint { get; }

    /// <summary>A connection without a port.</summary>
    /// <param name="remote">Where the client shall seem to be.</param>
    /// <param name="cutAfter">Octets of the client after which the connection breaks; negative is never.</param>
    public static (TestConnection Server, Stream Client) InMemory(IPEndPoint remote, long cutAfter)
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        var server = new TestConnection(
            new DuplexStream(toServer.Reader.AsStream(), toClient.Writer.AsStream()), () => toClient.Writer.Complete(),
            null, new IPEndPoint(remote.Address, remote.Port), cutAfter);
        return (server, new DuplexStream(toClient.Reader.AsStream(), toServer.Writer.AsStream()));
    }

    /// <summary>A connection that was accepted.</summary>
    public static TestConnection Of(Socket socket, long cutAfter)
    {
        socket.NoDelay = true;
        return new TestConnection(
            new NetworkStream(socket, ownsSocket: true), () => socket.Shutdown(SocketShutdown.Send), socket.LocalEndPoint, socket.RemoteEndPoint!, cutAfter);
    }

    /// <summary>Breaks the connection: nothing more is read or written, and both ends learn of it.</summary>
    public void Cut()
    {
        isCut = true;
        cut.Cancel();
    }

    /// <summary>Serves the connection to its end.</summary>
    public async Task ServeAsync(SmtpServer server, SmtpEndpoint? endpoint, CancellationToken stop)
    {
        using (stop.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), cut))
            await server.ServeConnectionAsync(this, LocalEndPoint, RemoteEndPoint, endpoint, cut.Token).ConfigureAwait(false);
    }

    public void Dispose()
    {
        stream.Dispose();
        cut.Dispose();
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfCut();
        if (octetsLeft < 0)
            return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (octetsLeft == 0)
            Cut();
        ThrowIfCut();
        var length = await stream.ReadAsync(buffer[..(int)Math.Min(buffer.Length, octetsLeft)], cancellationToken).ConfigureAwait(false);
        octetsLeft -= length;
        return length;
    }

    private void ThrowIfCut()
    {
        if (isCut)
            throw new IOException("The connection was cut by a fault of the test.");
    }

    // Only this direction ends: what the client still sends can be read.
    private void EndSending()
    {
        try
        {
            endSending();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client was faster.
        }
    }

    // It ends before the other side, which may have a last word: the stream itself ends with the connection.
    private sealed class ReceivingSide(TestConnection connection) : DuplexStream(connection.stream, connection.stream, static () => { })
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => connection.ReadAsync(buffer, cancellationToken);
    }

    private sealed class SendingSide(TestConnection connection) : DuplexStream(connection.stream, connection.stream, connection.EndSending)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            connection.ThrowIfCut();
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
