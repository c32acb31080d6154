using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Smtpd.Transport;

/// <summary>A connection as the pump sees it: a stream in both directions, and who is at its ends.</summary>
internal sealed class TransportConnection : IAsyncDisposable
{
    // One of the two, as the connection is a socket's or a pipe's.
    private readonly Socket? socket;
    private readonly IDuplexPipe? pipe;

    /// <summary>A connection that a listener accepted.</summary>
    public TransportConnection(Socket socket)
    {
        this.socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = Unmap(socket.RemoteEndPoint);
    }

    /// <summary>A connection of any other kind.</summary>
    public TransportConnection(IDuplexPipe pipe, EndPoint? localEndPoint, EndPoint? remoteEndPoint)
    {
        this.pipe = pipe;
        Stream = new DuplexPipeStream(pipe);
        LocalEndPoint = localEndPoint;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <summary>What to read from and write to: in clear at first, then under TLS.</summary>
    public Stream Stream { get; private set; }

    public EndPoint? LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Whether the peer has sent something that was not read yet.</summary>
    public bool HasInput => socket?.Available > 0 || Stream is DuplexPipeStream { HasInput: true };

    /// <summary>Ends the connection for the peer, whatever is under way on this side.</summary>
    public void Cut()
    {
        socket?.Dispose();
        pipe?.Output.Complete();
    }

    /// <summary>Ends a write that the peer does not take.</summary>
    public void CutWriting()
    {
        socket?.Dispose();
        // Completing is not for other threads while something is written.
        pipe?.Output.CancelPendingFlush();
    }

    /// <summary>Goes on under TLS.</summary>
    public void Secure(Stream secured) => Stream = secured;

    /// <summary>Tells the peer that nothing more comes under TLS, so that it can tell the end from a cut (RFC 8446 §6.1). In clear there is nothing to tell.</summary>
    public Task EndTlsAsync() => Stream is SslStream secured ? secured.ShutdownAsync() : Task.CompletedTask;

    /// <summary>Tells the peer that nothing more comes, while what it sends can still be read.</summary>
    public void EndSending()
    {
        socket?.Shutdown(SocketShutdown.Send);
        pipe?.Output.Complete();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    // On a socket that serves both families an IPv4 peer shows as ::ffff:192.0.2.1, which no address list expects.
    private static EndPoint? Unmap(EndPoint? remote) =>
        remote is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : remote;
}
