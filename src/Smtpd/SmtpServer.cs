using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Commands;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;
using Smtpd.Transport;

namespace Smtpd;

/// <summary>An SMTP server (RFC 5321). Tell it by <see cref="SmtpServerOptions"/> where to listen and what to do with mail, then start it.</summary>
/// <example>
/// <code>
/// await using var server = new SmtpServer(new SmtpServerOptions
/// {
///     Address = "127.0.0.1:2525",
///     OnMessage = async (mail, cancellationToken) =&gt; { await mail.Body.CopyToAsync(file, cancellationToken); return SmtpReply.Ok; },
/// });
/// await server.ListenAndServeAsync(cancellationToken);
/// </code>
/// </example>
public sealed class SmtpServer : IAsyncDisposable
{
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly SmtpServerOptions options;
    private readonly ServerContext context;
    private readonly ILogger logger;
    private readonly List<Listener> listeners = [];
    private readonly SemaphoreSlim stateChange = new(1, 1);
    private bool isStopped;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="options">Read now; later changes have no effect on limits, timeouts and names.</param>
    /// <param name="loggerFactory">Where to log, under the category <c>Smtpd</c>; null logs nothing.</param>
    /// <exception cref="ArgumentException">Some options cannot work. The message names them and what to do.</exception>
    public SmtpServer(SmtpServerOptions options, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.Join(' ', options.Problems()) is { Length: > 0 } problems)
            throw new ArgumentException(problems, nameof(options));
        this.options = options;
        logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Smtpd");
        var limits = options.EffectiveLimits;
        var session = new SessionSettings(
            options.EffectiveHostname, options.Config.WelcomeMessage, new CommandSyntax(options.Extensions, options.Leniency), limits, options.BareLineBreaks);
        context = new ServerContext(
            options, session, options.EffectiveTimeouts, HandlerFactory(options), new ConnectionGate(limits), new Heartbeat(options.TimeProvider, logger), logger);
    }

    /// <summary>The bound addresses, with the ports that the system chose for port 0; empty before the start.</summary>
    public IReadOnlyList<EndPoint> LocalEndPoints
    {
        get
        {
            lock (listeners)
                return [.. listeners.Select(static listener => listener.EndPoint)];
        }
    }

    /// <summary>Connections being served now.</summary>
    public int ConnectionCount => context.Heartbeat.Count;

    /// <summary>Binds every endpoint and accepts connections. Returns when all are bound.</summary>
    /// <exception cref="SocketException">An address is in use or not of this machine; none is left bound.</exception>
    /// <exception cref="InvalidOperationException">The server listens already, or was stopped.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await stateChange.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (isStopped || listeners.Count > 0)
                throw new InvalidOperationException("The server listens already or was stopped; make a new one to start again.");
            var sockets = new List<Socket>();
            try
            {
                foreach (var endpoint in options.EffectiveEndpoints)
                    sockets.Add(Listener.Bind(endpoint));
            }
            catch
            {
                sockets.ForEach(static socket => socket.Dispose());
                throw;
            }

            foreach (var socket in sockets)
                Listen(socket);
        }
        finally
        {
            stateChange.Release();
        }
    }

    /// <summary>Listens, serves until <paramref name="cancellationToken"/> is cancelled, then stops and gives running transactions <see cref="SmtpServerOptions.DrainTimeout"/>.</summary>
    /// <exception cref="SocketException">An address is in use or not of this machine.</exception>
    public async Task ListenAndServeAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await ServeUntilAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="ListenAndServeAsync"/>, on a socket that somebody else has bound and listens on. The server closes it.</summary>
    public async Task ServeAsync(Socket listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Listen(listener);
        await ServeUntilAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Serves one connection of any kind to its end. Needs no <see cref="StartAsync"/>.</summary>
    /// <param name="pipe">The connection. Completed in both directions at the end.</param>
    /// <param name="localEndPoint">What the handler shall see as the server's address.</param>
    /// <param name="remoteEndPoint">What the handler shall see as the peer's address; counts for the limits.</param>
    /// <param name="cancellationToken">Cuts the connection.</param>
    public async Task ServeConnectionAsync(
        IDuplexPipe pipe, EndPoint? localEndPoint = null, EndPoint? remoteEndPoint = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        var transport = new TransportConnection(pipe, localEndPoint, remoteEndPoint);
        if (!context.Gate.TryEnter(remoteEndPoint))
        {
            Log.TooManyConnections(logger, remoteEndPoint);
            ProtocolReplies.TooManyConnections(context.Session.ServerName).WriteTo(pipe.Output, utf8: false);
            await transport.DisposeAsync().ConfigureAwait(false);
            return;
        }

        var pump = new SmtpConnectionPump(context, transport);
        using var cut = cancellationToken.UnsafeRegister(static state => ((SmtpConnectionPump)state!).Abort(), pump);
        await pump.RunAsync().ConfigureAwait(false);
    }

    /// <summary>Stops in phases: accepts no more, answers 421 4.3.2 to idle peers, lets running transactions finish, and cuts what is left when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="cancellationToken">The end of the patience; without one the server waits for as long as transactions take.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await stateChange.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            isStopped = true;
            foreach (var listener in listeners)
                await listener.StopAsync().ConfigureAwait(false);
            var connections = context.Heartbeat.Connections;
            if (connections.Count > 0)
                await DrainAsync(connections, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            stateChange.Release();
        }
    }

    /// <summary>Stops without waiting for running transactions.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        listeners.ForEach(static listener => listener.Dispose());
        context.Heartbeat.Dispose();
        stateChange.Dispose();
    }

    private static Func<SmtpConnection, SmtpHandler> HandlerFactory(SmtpServerOptions options)
    {
        if (options.HandlerFactory is { } factory)
            return factory;
        if (options.OnMessage is { } onMessage)
            return _ => new MessageHandler(onMessage);
        var rateLimiter = new MailboxRateLimiter(options.TimeProvider);
        return _ => new EnvelopeHandler(options, rateLimiter);
    }

    private void Listen(Socket socket)
    {
        var listener = new Listener(socket, context);
        lock (listeners)
            listeners.Add(listener);
        listener.Start();
    }

    private async Task ServeUntilAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), cancelled))
            await cancelled.Task.ConfigureAwait(false);
        using var patience = new CancellationTokenSource(options.DrainTimeout, options.TimeProvider);
        await StopAsync(patience.Token).ConfigureAwait(false);
    }

    private async Task DrainAsync(ICollection<SmtpConnectionPump> connections, CancellationToken cancellationToken)
    {
        Log.Stopping(logger, connections.Count);
        foreach (var connection in connections)
            connection.Stop();
        var ended = Task.WhenAll(connections.Select(static connection => connection.Completion));
        try
        {
            await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            var late = connections.Where(static connection => !connection.Completion.IsCompleted).ToArray();
            Log.AbortingConnections(logger, late.Length);
            foreach (var connection in late)
                connection.Abort();
            // A handler that does not heed its token must not keep the process from ending.
            await Task.WhenAny(ended, Task.Delay(AbortGrace, options.TimeProvider, CancellationToken.None)).ConfigureAwait(false);
        }
    }
}
