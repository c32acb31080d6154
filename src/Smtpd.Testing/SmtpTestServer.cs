using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Smtpd.Testing;

namespace Smtpd;

/// <summary>An SMTP server for unit tests: in memory, without a port unless you ask for one. It takes every message and keeps it for you to look at.</summary>
/// <remarks>Each test has its own: nothing is static. Safe to use from any thread.</remarks>
/// <example>
/// <code>
/// await using var server = new SmtpTestServer();
/// var endPoint = await server.ListenAsync();                    // or server.Connect(): no port at all
/// SendWelcomeMail(endPoint.Address.ToString(), endPoint.Port);  // the code under test
/// var message = await server.WaitForMessageAsync(m =&gt; m.Recipients.Contains("ann@example.com"));
/// Assert.Equal("Welcome", message.Subject);
/// </code>
/// </example>
public sealed class SmtpTestServer : IAsyncDisposable
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);

    private readonly SmtpServer server;
    private readonly Func<SmtpConnection, SmtpHandler> createHandler;
    private readonly MessageBox box = new();
    private readonly ConcurrentDictionary<EndPoint, TestConnection> connections = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<Task, bool> running = new();
    private readonly CancellationTokenSource stop = new();
    private readonly List<Socket> listeners = [];
    private int clients;

    /// <summary>Makes a server that nobody can reach but by <see cref="Connect"/>, until <see cref="ListenAsync"/>.</summary>
    /// <param name="configure">
    /// Changes what the server is told: limits, timeouts, TLS, a clock such as <c>FakeTimeProvider</c>. A <see cref="SmtpServerOptions.HandlerFactory"/> of
    /// your own is then what is tested; <see cref="Messages"/> stays empty unless it is null. Addresses to listen on are not used.
    /// </param>
    /// <param name="loggerFactory">Where the server logs; null logs nothing.</param>
    /// <exception cref="ArgumentException">Some options cannot work, or <see cref="SmtpServerOptions.OnMessage"/> or <see cref="SmtpServerOptions.OnNewMail"/> is set.</exception>
    public SmtpTestServer(Action<SmtpServerOptions>? configure = null, ILoggerFactory? loggerFactory = null)
    {
        var options = new SmtpServerOptions { Hostname = "server.test" };
        // All clients seem to come from one address.
        options.Limits = options.Limits with { ConnectionsPerAddress = options.Limits.Connections };
        configure?.Invoke(options);
        if (options.OnMessage is not null || options.OnNewMail is not null)
            throw new ArgumentException("The test server keeps the messages itself; to test what takes them set HandlerFactory.", nameof(configure));
        createHandler = options.HandlerFactory ?? (connection => new KeepingHandler(box, connection.TimeProvider));
        options.HandlerFactory = CreateHandler;
        server = new SmtpServer(options, loggerFactory);
    }

    /// <summary>The messages kept so far, in the order they were accepted. A copy: it does not grow.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => box.Messages;

    /// <summary>What shall go wrong.</summary>
    public SmtpTestFaults Faults { get; } = new();

    /// <summary>Messages to keep at most; the next is refused with 452 4.3.1, which says so. Default 1000.</summary>
    public int MaxMessages
    {
        get => box.MaxMessages;
        init => box.MaxMessages = value;
    }

    /// <summary>Octets of content to keep at most, all messages together; a message for which there is no room is refused with 452 4.3.1. Default 64 MiB.</summary>
    public long MaxOctets
    {
        get => box.MaxOctets;
        init => box.MaxOctets = value;
    }

    /// <summary>Where it listens, after <see cref="ListenAsync"/>; null before.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>The port it listens on; 0 before <see cref="ListenAsync"/>.</summary>
    public int Port => EndPoint?.Port ?? 0;

    /// <summary>Connections being served now.</summary>
    public int ConnectionCount => server.ConnectionCount;

    /// <summary>Takes every user with any password, for <see cref="SmtpAuthentication.Passwords"/>. Set <see cref="SmtpAuthentication.AllowInClear"/> too if the code under test speaks no TLS.</summary>
    public static IPasswordValidator AnyPassword { get; } = new AnyPassword();

    /// <summary>A certificate for <see cref="SmtpServerOptions.Tls"/> that this method has made and signed itself: for <c>localhost</c>, <c>server.test</c> and 127.0.0.1, good for a day.</summary>
    public static SmtpTls CreateTls() => new() { Certificate = TestCertificate.Create() };

    /// <summary>Makes a server and listens on 127.0.0.1, in one step.</summary>
    /// <param name="port">0 lets the system choose one that is free, so that tests can run side by side.</param>
    /// <param name="configure">As in the constructor.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    public static async Task<SmtpTestServer> StartAsync(int port = 0, Action<SmtpServerOptions>? configure = null)
    {
        var started = new SmtpTestServer(configure);
        try
        {
            await started.ListenAsync(port).ConfigureAwait(false);
            return started;
        }
        catch
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Listens on 127.0.0.1, for code under test that wants a host and a port.</summary>
    /// <param name="port">0 lets the system choose one that is free.</param>
    /// <param name="endpoint">LMTP, implicit TLS, AUTH required, a PROXY header: what such an endpoint would do, its address aside. Null: plain SMTP, with STARTTLS if there is TLS.</param>
    /// <returns>The address to connect to.</returns>
    /// <exception cref="SocketException">The port is in use.</exception>
    public Task<IPEndPoint> ListenAsync(int port = 0, SmtpEndpoint? endpoint = null)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (listeners)
            listeners.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        Track(AcceptAsync(socket, endpoint));
        return Task.FromResult(EndPoint);
    }

    /// <summary>Connects a scripted client in memory. The greeting waits to be read.</summary>
    /// <param name="remote">Where the client shall seem to be; by default 127.0.0.1 and a port of its own.</param>
    /// <param name="endpoint">LMTP, implicit TLS, AUTH required, a PROXY header: what such an endpoint would do, its address aside. Null: plain SMTP, with STARTTLS if there is TLS.</param>
    public SmtpTestClient Connect(IPEndPoint? remote = null, SmtpEndpoint? endpoint = null) => new(ConnectStream(remote, endpoint));

    /// <summary>The client's end of a new connection in memory, for code under test that speaks SMTP over a stream. Dispose it to hang up.</summary>
    /// <param name="remote">Where the client shall seem to be; by default 127.0.0.1 and a port of its own.</param>
    /// <param name="endpoint">LMTP, implicit TLS, AUTH required, a PROXY header: what such an endpoint would do, its address aside. Null: plain SMTP, with STARTTLS if there is TLS.</param>
    public Stream ConnectStream(IPEndPoint? remote = null, SmtpEndpoint? endpoint = null)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        var number = Interlocked.Increment(ref clients);
        var (connection, client) = TestConnection.InMemory(remote ?? new IPEndPoint(IPAddress.Loopback, 1024 + number % 60_000), Faults.TakeCut());
        Track(ServeAsync(connection, endpoint));
        return client;
    }

    /// <summary>The first message, of those kept already or still to come, that <paramref name="predicate"/> holds for.</summary>
    /// <param name="predicate">What to look for; null is any message.</param>
    /// <param name="timeout">How long to wait, by the system's clock whatever clock the server has. Default 10 seconds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">No such message came; the text lists those that did.</exception>
    public async Task<ReceivedMessage> WaitForMessageAsync(
        Func<ReceivedMessage, bool>? predicate = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var found = await WaitAsync(predicate, 1, timeout, cancellationToken).ConfigureAwait(false);
        return found[0];
    }

    /// <summary>The first <paramref name="count"/> messages, of those kept already or still to come, that <paramref name="predicate"/> holds for.</summary>
    /// <param name="count">How many to wait for, at least 1.</param>
    /// <param name="predicate">What to look for; null is any message.</param>
    /// <param name="timeout">How long to wait, by the system's clock whatever clock the server has. Default 10 seconds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">Fewer came; the text lists those that did.</exception>
    public Task<IReadOnlyList<ReceivedMessage>> WaitForMessagesAsync(
        int count, Func<ReceivedMessage, bool>? predicate = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return WaitAsync(predicate, count, timeout, cancellationToken);
    }

    /// <summary>Forgets the messages kept so far. Faults stay: see <see cref="SmtpTestFaults.Clear"/>.</summary>
    public void Clear() => box.Clear();

    /// <summary>Closes the port, cuts every connection, and waits for their ends. <see cref="Messages"/> can still be read.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        lock (listeners)
            listeners.ForEach(static socket => socket.Dispose());
        await server.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(running.Keys).ConfigureAwait(false);
        stop.Dispose();
    }

    private FaultyHandler CreateHandler(SmtpConnection connection) =>
        new(createHandler(connection), Faults, connection.PeerEndPoint is { } peer ? connections.GetValueOrDefault(peer) : null);

    private async Task<IReadOnlyList<ReceivedMessage>> WaitAsync(
        Func<ReceivedMessage, bool>? predicate, int count, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var patience = timeout ?? DefaultPatience;
        using var search = box.Search(predicate ?? (static _ => true), count);
        try
        {
            return await search.Found.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Waited {patience.TotalSeconds:0.###} s for {count} message(s) in vain. {Report()}"), exception);
        }
    }

    private string Report()
    {
        var kept = box.Messages;
        return kept.Count == 0
            ? $"None was kept; {Volatile.Read(ref clients)} connection(s) were made."
            : "Kept were:\n" + string.Join('\n', kept.Select(static message => "  " + message));
    }

    private async Task AcceptAsync(Socket listener, SmtpEndpoint? endpoint)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stop.Token).ConfigureAwait(false);
                Interlocked.Increment(ref clients);
                Track(ServeAsync(TestConnection.Of(socket, Faults.TakeCut()), endpoint));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The listener was closed, or a client was gone before it could be served.
            }
        }
    }

    private async Task ServeAsync(TestConnection connection, SmtpEndpoint? endpoint)
    {
        connections.TryAdd(connection.RemoteEndPoint, connection);
        using (connection)
            await connection.ServeAsync(server, endpoint, stop.Token).ConfigureAwait(false);
        connections.TryRemove(connection.RemoteEndPoint, out _);
    }

    private void Track(Task task)
    {
        running.TryAdd(task, true);
        _ = ForgetAsync(task);
    }

    private async Task ForgetAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        running.TryRemove(task, out _);
    }
}
