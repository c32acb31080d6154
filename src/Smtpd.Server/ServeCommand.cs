using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using Smtpd.Server.Http;
using Smtpd.Server.Indexing;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Receiving;
using Smtpd.Server.Settings;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Systemd;
using Smtpd.Server.Telemetry;
using Smtpd.Server.Tls;

namespace Smtpd.Server;

/// <summary><c>smtpd serve</c>: puts the parts together, says <c>ready</c>, and takes them apart in order.</summary>
internal sealed class ServeCommand(ServerSettings settings)
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int WrongUse = 2;

    public static string Version { get; } =
        typeof(ServeCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public async Task<int> RunAsync()
    {
        using var loggers = CreateLoggers(settings.LogLevel);
        using StopSignals signals = new(loggers.CreateLogger("Smtpd.Server"));
        try
        {
            return await RunAsync(loggers, signals.First);
        }
        catch (Exception e) when (e is StoreRefusedException or CannotListenException or CertificateRefusedException)
        {
            await Console.Error.WriteLineAsync("smtpd: " + e.Message);
            return Failure;
        }
    }

    /// <param name="besideServer">For a short visit: allowed while a server has the store open.</param>
    public static async Task<IMessageStore> OpenStoreAsync(ServerSettings settings, ILogger logger, bool besideServer = false)
    {
        if (settings.Store is "null")
            return new NullMessageStore(TimeProvider.System);
        StorageOptions options = new()
        {
            Directory = settings.DataDirectory,
            MinimumFreeBytes = settings.Storage.MinimumFreeBytes,
            BufferBytes = settings.Storage.BufferBytes,
            QueueMessages = settings.Storage.QueueMessages,
            QueueBytes = settings.Storage.QueueBytes,
            BatchMessages = settings.Storage.BatchMessages,
            BatchBytes = settings.Storage.BatchBytes,
            Objects = settings.Storage.Objects is { Bucket: string bucket } objects
                ? new(objects.Endpoint, objects.Region, bucket, objects.Prefix, objects.AccessKey, objects.SecretKey)
                : null,
        };
        if (PostgresAddress.TryParse(settings.Store, out var address, out _))
            return await PostgresMessageStore.OpenAsync(address, options, logger, besideServer, CancellationToken.None);
        return await SqliteMessageStore.OpenAsync(options, logger, besideServer, CancellationToken.None);
    }

    private async Task<int> RunAsync(ILoggerFactory loggers, Task stop)
    {
        var logger = loggers.CreateLogger("Smtpd.Server");
        var web = Task.Run(() => HttpServer.Prepare(settings.Http));
        await using var store = await OpenStoreAsync(settings, logger);
        await new MailboxDeclaration(store).ApplyAsync(settings.Declared, CancellationToken.None);
        if (settings.Smtp.CatchAll is int catchAll && await store.FindMailboxAsync(catchAll, CancellationToken.None) is null)
        {
            await Console.Error.WriteLineAsync($"smtpd: Smtp:CatchAll names mailbox {catchAll}, which does not exist; see `smtpd mailbox list`.");
            return WrongUse;
        }

        UnixSocketFile.RemoveIfStale(settings.Http.Endpoint); // the library does this for its own
        SessionLog sessions = new(settings.Sessions.Kept, settings.Sessions.KeptPerMailbox);
        LoginFailures failures = new(settings.LoginFailures, TimeProvider.System);
        using ServerState state = new();
        var notifier = ServiceNotifier.FromEnvironment(logger);
        using var export = OtlpExport.Start(settings.Telemetry);
        // HTTP first: a readiness probe should find somebody to ask.
        await using var http = await StartHttpAsync(await web, store, sessions, failures, state, loggers);
        await using var smtp = await SmtpFront.StartAsync(settings, store, sessions, failures, loggers, TimeProvider.System);
        state.MailEndPoints =
        [
            .. from each in smtp.Listeners
               where each.Kind != ServerSettings.EndpointKind.Lmtp && !each.Asked.ExpectsProxyHeader && each.Bound is IPEndPoint
               select new MailEndPoint(each.Kind, (IPEndPoint)each.Bound),
        ];
        await using Housekeeping housekeeping = new(store, TimeProvider.System, logger);
        housekeeping.Start();
        await using Indexer indexer = new(store, TimeProvider.System, logger);
        indexer.Start();
        state.IsListening = true;
        ServerLog.Started(logger, Version, settings.DataDirectory);
        var listening = string.Join(' ', smtp.Listeners) + " http=" + http.Address;
        await AnnounceAsync(listening);
        notifier.Ready(listening);

        await stop;
        notifier.Stopping();
        ServerLog.Draining(logger, settings.DrainTimeout.TotalSeconds);
        using CancellationTokenSource patience = new(settings.DrainTimeout);
        await state.DrainAsync();
        await smtp.StopAsync(patience.Token);
        await http.StopAsync(patience.Token);
        ServerLog.Stopped(logger);
        return Success;
    }

    private async Task<HttpServer> StartHttpAsync(
        WebApplicationBuilder web, IMessageStore store, SessionLog sessions, LoginFailures failures, ServerState state, ILoggerFactory loggers)
    {
        try
        {
            return await HttpServer.StartAsync(web, settings, store, sessions, failures, state, loggers, TimeProvider.System, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw CannotListenException.On("HTTP", settings.Http.Endpoint.ToString(), "--http", e);
        }
    }

    // Scripts read this line, and nothing else is written to standard output.
    private static async Task AnnounceAsync(string listening)
    {
        await Console.Out.WriteLineAsync("ready " + listening);
        await Console.Out.FlushAsync();
    }

    private static ILoggerFactory CreateLoggers(LogLevel level) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(level)
        .AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    /// <summary>SIGTERM and SIGINT: the first one asks, a second one insists.</summary>
    private sealed class StopSignals : IDisposable
    {
        private const int SignalBase = 128; // the shell's convention for a death by signal

        private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly PosixSignalRegistration[] registrations;
        private readonly ILogger logger;

        public StopSignals(ILogger logger)
        {
            this.logger = logger;
            registrations =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => On(context, SignalBase + 15)),
                PosixSignalRegistration.Create(PosixSignal.SIGINT, context => On(context, SignalBase + 2)),
            ];
        }

        public Task First => first.Task;

        public void Dispose()
        {
            foreach (var each in registrations)
                each.Dispose();
        }

        private void On(PosixSignalContext context, int exitCode)
        {
            context.Cancel = true;
            if (first.TrySetResult())
                return;
            ServerLog.Aborted(logger);
            Environment.Exit(exitCode);
        }
    }
}

/// <summary>An address cannot be listened on; the message says which, why and what to do.</summary>
internal sealed class CannotListenException(string message, Exception? inner = null) : Exception(message, inner)
{
    public static CannotListenException On(string protocol, string address, string option, Exception e)
    {
        var error = (e as SocketException ?? e.GetBaseException() as SocketException)?.SocketErrorCode;
        var reason = error switch
        {
            SocketError.AddressAlreadyInUse => "another program listens there",
            SocketError.AccessDenied => "this user may not; ports below 1024 need a privilege",
            SocketError.AddressNotAvailable => "this machine does not have that address",
            _ => e.Message,
        };
        return new($"cannot listen for {protocol} on {address}: {reason}. Choose another address with {option}, or port 0 for any free one.", e);
    }
}
