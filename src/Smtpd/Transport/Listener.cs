using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Smtpd.Diagnostics;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>Accepts connections on one socket and starts a pump for each.</summary>
internal sealed class Listener : IDisposable
{
    // Whoever lets completions run on the polling thread has promised that no hook blocks, so a connection may start there too: the hop to
    // the pool is a fifth of the cost of a message on its own connection (184 µs of CPU with it, 146 without). Anybody else gets the hop,
    // because a hook that blocks must not keep others from being accepted.
    private static readonly bool StartsInline = Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS") is "1";

    // The kernel cuts it to net.core.somaxconn, 4096 by default.
    internal const int Backlog = 1024;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket socket;
    private readonly ServerContext context;
    private readonly EndpointRole role;
    private readonly bool isOurs;
    private readonly CancellationTokenSource stop = new();
    private readonly byte[] tooManyConnections;
    private readonly byte[] outOfMemory;
    private Task accepting = Task.CompletedTask;

    /// <summary>Serves a socket that listens already.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="context">The server.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="isOurs">Whether the server bound it, and with a unix socket has its file to remove.</param>
    public Listener(Socket socket, ServerContext context, EndpointRole role, bool isOurs)
    {
        this.isOurs = isOurs;
        this.socket = socket;
        this.context = context;
        this.role = role;
        EndPoint = socket.LocalEndPoint!;
        tooManyConnections = Octets(ProtocolReplies.TooManyConnections(context.Session.ServerName));
        outOfMemory = Octets(ProtocolReplies.OutOfMemory(context.Session.ServerName));
    }

    /// <summary>The bound address, with the port the system chose.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Binds a socket to <paramref name="endpoint"/>.</summary>
    /// <exception cref="SocketException">The address is in use or not of this machine.</exception>
    public static Socket Bind(SmtpEndpoint endpoint)
    {
        if (endpoint.EndPoint is UnixDomainSocketEndPoint)
            return UnixSocket.Bind(endpoint);
        var bound = new Socket(endpoint.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.EndPoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any))
                bound.DualMode = true;
            bound.Bind(endpoint.EndPoint);
            bound.Listen(Backlog);
            return bound;
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    public void Start()
    {
        Log.Listening(context.Logger, EndPoint);
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Accepts no more; ends when the last accept has.</summary>
    public async Task StopAsync()
    {
        if (stop.IsCancellationRequested)
        {
            // The path may be somebody else's by now.
            await accepting.ConfigureAwait(false);
            return;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
        await accepting.ConfigureAwait(false);
        if (isOurs && EndPoint is UnixDomainSocketEndPoint)
            File.Delete(EndPoint.ToString()!);
    }

    public void Dispose()
    {
        socket.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Admit(await socket.AcceptAsync(stop.Token).ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException exception)
            {
                // Out of descriptors, mostly (EMFILE): running connections will give some back, so wait and go on.
                Log.AcceptFailed(context.Logger, EndPoint, exception.SocketErrorCode.ToString());
                await Task.Delay(PauseAfterFailure, context.Options.TimeProvider, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Admit(Socket accepted)
    {
        try
        {
            if (accepted.ProtocolType == ProtocolType.Tcp)
                accepted.NoDelay = true;
            var connection = new TransportConnection(accepted);
            var counted = context.Options.Proxies.Trusts(connection.RemoteEndPoint) ? null : connection.RemoteEndPoint;
            if (context.Memory.IsExhausted)
            {
                Log.TooMuchContent(context.Logger, connection.RemoteEndPoint);
                TurnAway(accepted, outOfMemory);
            }
            else if (!context.Gate.TryEnter(counted, context.Heartbeat.Now))
            {
                Log.TooManyConnections(context.Logger, connection.RemoteEndPoint);
                TurnAway(accepted, tooManyConnections);
            }
            else
            {
                Serve(new SmtpConnectionPump(context, role, connection, counted));
            }
        }
        catch (SocketException)
        {
            // The peer has gone already.
            accepted.Dispose();
        }
#pragma warning disable CA1031 // Whatever one connection brings about, such as in a log, others are accepted.
        catch (Exception exception)
        {
            accepted.Dispose();
            Log.AcceptFailed(context.Logger, EndPoint, exception.Message);
        }
#pragma warning restore CA1031
    }

    private static void Serve(SmtpConnectionPump pump)
    {
        if (StartsInline)
            _ = pump.RunAsync();
        else
            ThreadPool.UnsafeQueueUserWorkItem(pump, preferLocal: false);
    }

    // No task a refused peer: what does not fit into the socket's buffer is not sent.
    private void TurnAway(Socket accepted, byte[] reply)
    {
        context.Telemetry.ConnectionRefused();
        accepted.Blocking = false;
        // Under implicit TLS it would be understood by nobody.
        if (role.Tls != SmtpTlsMode.Implicit)
            accepted.Send(reply, SocketFlags.None, out _);
        accepted.Dispose();
    }

    private static byte[] Octets(SmtpReply reply)
    {
        var octets = new ArrayBufferWriter<byte>();
        reply.WriteTo(octets, utf8: false);
        return octets.WrittenSpan.ToArray();
    }
}
