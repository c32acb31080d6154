using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Checks;
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
    private readonly IReadOnlyList<SaslMechanism> mechanisms;
    private readonly EndpointRole roleOfOthers;
    private readonly List<Listener> listeners = [];
    private readonly SemaphoreSlim stateChange = new(1, 1);
    private bool isStopped;
    private bool isDisposed;

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
        var heartbeat = new Heartbeat(options.TimeProvider, logger);
        var telemetry = new ServerTelemetry(options.MeterFactory, options.TimeProvider, () => heartbeat.Count);
        var session = new SessionSettings(
            options.EffectiveHostname, options.Config.WelcomeMessage, options.Leniency, limits, options.BareLineBreaks, options.RejectUnauthorizedPipelining)
        {
            Refused = telemetry.Refused,
        };
        context = new ServerContext(
            options, session, options.EffectiveTimeouts, HandlerFactory(options), options.Tls is { } tls ? options.Handshake ?? new TlsHandshake(tls) : null,
            new ConnectionGate(limits), new ContentMemory(limits.ContentMemoryOctets), heartbeat, telemetry, logger);
        mechanisms = options.Authentication.EffectiveMechanisms(options.MailboxDirectory);
        roleOfOthers = Role(null);
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
            var bound = new List<(Socket Socket, SmtpEndpoint Endpoint)>();
            try
            {
                foreach (var endpoint in options.EffectiveEndpoints)
                    bound.Add((Listener.Bind(endpoint), endpoint));
            }
            catch
            {
                bound.ForEach(static each => each.Socket.Dispose());
                throw;
            }

            foreach (var (socket, endpoint) in bound)
                Listen(socket, Role(endpoint), isOurs: true);
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
    /// <param name="listener">The socket.</param>
    /// <param name="cancellationToken">Ends the service.</param>
    /// <param name="endpoint">What the socket is for; its address is not looked at. Null: SMTP, with STARTTLS if <see cref="SmtpServerOptions.Tls"/> is set.</param>
    /// <exception cref="ArgumentException">The endpoint asks for what the options do not have. Thrown at once, not by the task.</exception>
    /// <exception cref="InvalidOperationException">The server was stopped. Thrown at once.</exception>
    public Task ServeAsync(Socket listener, CancellationToken cancellationToken, SmtpEndpoint? endpoint = null)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Listen(listener, Role(endpoint), isOurs: false);
        return ServeUntilAsync(cancellationToken);
    }

    /// <summary>Serves one connection of any kind to its end. Needs no <see cref="StartAsync"/>.</summary>
    /// <param name="pipe">The connection. Completed in both directions at the end.</param>
    /// <param name="localEndPoint">What the handler shall see as the server's address.</param>
    /// <param name="remoteEndPoint">What the handler shall see as the peer's address; counts for the limits.</param>
    /// <param name="endpoint">What the connection is for; its address is not looked at. Null: SMTP, with STARTTLS if <see cref="SmtpServerOptions.Tls"/> is set.</param>
    /// <param name="cancellationToken">Cuts the connection.</param>
    /// <exception cref="ArgumentException">The endpoint asks for what the options do not have.</exception>
    public async Task ServeConnectionAsync(
        IDuplexPipe pipe, EndPoint? localEndPoint = null, EndPoint? remoteEndPoint = null, SmtpEndpoint? endpoint = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        var role = endpoint is null ? roleOfOthers : Role(endpoint);
        var transport = new TransportConnection(pipe, localEndPoint, remoteEndPoint);
        var counted = options.Proxies.Trusts(remoteEndPoint) ? null : remoteEndPoint;
        var isOutOfMemory = context.Memory.IsExhausted;
        if (isOutOfMemory || !context.Gate.TryEnter(counted, context.Heartbeat.Now))
        {
            if (isOutOfMemory)
                Log.TooMuchContent(logger, remoteEndPoint);
            else
                Log.TooManyConnections(logger, remoteEndPoint);
            context.Telemetry.ConnectionRefused();
            var name = context.Session.ServerName;
            if (role.Tls != SmtpTlsMode.Implicit)
                (isOutOfMemory ? ProtocolReplies.OutOfMemory(name) : ProtocolReplies.TooManyConnections(name)).WriteTo(pipe.Output, utf8: false);
            await transport.DisposeAsync().ConfigureAwait(false);
            return;
        }

        var pump = new SmtpConnectionPump(context, role, transport, counted);
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
            Listener[] stopping;
            lock (listeners)
            {
                isStopped = true;
                stopping = [.. listeners];
            }

            foreach (var listener in stopping)
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

    /// <summary>Stops without waiting for running transactions. May be called again, to no effect.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, true))
            return;
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        listeners.ForEach(static listener => listener.Dispose());
        context.Heartbeat.Dispose();
        context.Telemetry.Dispose();
        stateChange.Dispose();
    }

    private static Func<SmtpConnection, SmtpHandler> HandlerFactory(SmtpServerOptions options)
    {
        var create = UncheckedHandlerFactory(options);
        SmtpCheck[] checks = [.. options.Checks];
        return checks.Length == 0 ? create : connection => new CheckedHandler(checks, create(connection));
    }

    private static Func<SmtpConnection, SmtpHandler> UncheckedHandlerFactory(SmtpServerOptions options)
    {
        if (options.HandlerFactory is { } factory)
            return factory;
        if (options.OnMessage is { } onMessage)
            return _ => new MessageHandler(onMessage);
        var rateLimiter = new MailboxRateLimiter(options.TimeProvider);
        return _ => new EnvelopeHandler(options, rateLimiter);
    }

    private EndpointRole Role(SmtpEndpoint? endpoint)
    {
        if (endpoint is not null && options.EndpointProblems(endpoint).FirstOrDefault() is { } problem)
            throw new ArgumentException(problem, nameof(endpoint));
        return new EndpointRole(options, endpoint, mechanisms);
    }

    private void Listen(Socket socket, EndpointRole role, bool isOurs)
    {
        var listener = new Listener(socket, context, role, isOurs);
        lock (listeners)
        {
            if (isStopped)
                throw new InvalidOperationException("The server was stopped; make a new one to start again.");
            listeners.Add(listener);
        }

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
