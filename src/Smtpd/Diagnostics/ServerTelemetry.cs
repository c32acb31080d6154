using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Authentication;

namespace Smtpd.Diagnostics;

/// <summary>What a server lets be measured and traced: docs/telemetry.md. Costs next to nothing while nobody listens. Tags are few and short: no address, no name, no text of a peer.</summary>
internal sealed class ServerTelemetry : IDisposable
{
    public const string Name = "Smtpd";

    private readonly TimeProvider time;
    private readonly Meter meter;
    private readonly bool ownsMeter;
    private readonly ActivitySource activities = new(Name, Version);

    private readonly Histogram<double> connectionDuration;
    private readonly Counter<long> refusedConnections;
    private readonly Counter<long> transactions;
    private readonly Counter<long> messages;
    private readonly Histogram<long> messageSize;
    private readonly Histogram<double> messageDuration;
    private readonly Histogram<double> handlerDuration;
    private readonly Counter<long> refusals;
    private readonly Histogram<double> handshakeDuration;
    private readonly Counter<long> authentications;

    /// <param name="factory">Makes the meter and owns it; null for a meter of the server's own.</param>
    /// <param name="time">The clock of durations.</param>
    /// <param name="countConnections">Counts the connections being served.</param>
    public ServerTelemetry(IMeterFactory? factory, TimeProvider time, Func<int> countConnections)
    {
        this.time = time;
        ownsMeter = factory is null;
        meter = factory is null ? new Meter(Name, Version) : factory.Create(new MeterOptions(Name) { Version = Version });
        meter.CreateObservableUpDownCounter("smtp.server.active_connections", countConnections, "{connection}", "Connections being served.");
        connectionDuration = Seconds("smtp.server.connection.duration", "Connections that have ended, and how long they lasted.", [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600]);
        refusedConnections = meter.CreateCounter<long>("smtp.server.refused_connections", "{connection}", "Connections turned away because a limit was reached.");
        transactions = meter.CreateCounter<long>("smtp.server.transactions", "{transaction}", "Transactions begun: accepted MAIL commands.");
        messages = meter.CreateCounter<long>("smtp.server.messages", "{message}", "Transactions that have ended, by what became of the message.");
        messageSize = meter.CreateHistogram("smtp.server.message.size", "By", "Octets of content of the messages that came whole.", null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864] });
        messageDuration = Seconds("smtp.server.message.duration", "From MAIL to the answer to the message.", DurationBuckets);
        handlerDuration = Seconds("smtp.server.handler.duration", "How long the handler took to answer.", DurationBuckets);
        refusals = meter.CreateCounter<long>("smtp.server.refusals", "{reply}", "Replies of 4xx and 5xx.");
        handshakeDuration = Seconds("smtp.server.tls_handshake.duration", "TLS handshakes, and how long they took.", DurationBuckets);
        authentications = meter.CreateCounter<long>("smtp.server.authentications", "{attempt}", "AUTH attempts.");
    }

    private static string? Version { get; } = typeof(ServerTelemetry).Assembly.GetName().Version?.ToString(3);

    private static double[] DurationBuckets => [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Now, for what ends with a duration. 0 when nobody wants durations.</summary>
    public long Start() => connectionDuration.Enabled || handlerDuration.Enabled || messageDuration.Enabled || handshakeDuration.Enabled ? time.GetTimestamp() : 0;

    public void ConnectionRefused() => refusedConnections.Add(1);

    public void ConnectionEnded(long started, SmtpConnection connection, SmtpDisconnectReason reason)
    {
        if (started != 0 && connectionDuration.Enabled)
            connectionDuration.Record(Elapsed(started), Protocol(connection), new("smtp.disconnect_reason", Word(reason)));
    }

    /// <summary>A reply of 4xx or 5xx.</summary>
    /// <param name="stage">The verb, upper-case, or a word of our own, lower-case.</param>
    /// <param name="code">The reply's code.</param>
    public void Refused(string stage, int code)
    {
        if (refusals.Enabled)
            refusals.Add(1, new("smtp.stage", stage), new("smtp.response.status_code", code));
    }

    /// <param name="started">When the handler was asked.</param>
    /// <param name="stage">As for <see cref="Refused"/>.</param>
    public void HandlerAnswered(long started, string stage)
    {
        if (started != 0 && handlerDuration.Enabled)
            handlerDuration.Record(Elapsed(started), new KeyValuePair<string, object?>("smtp.stage", stage));
    }

    /// <param name="started">When the handshake began.</param>
    /// <param name="tls">What was agreed on; null when it failed.</param>
    /// <param name="failure">Why it failed.</param>
    public void HandshakeEnded(long started, SmtpTlsSession? tls, Exception? failure)
    {
        if (started == 0 || !handshakeDuration.Enabled)
            return;
        var tag = tls is null
            ? new KeyValuePair<string, object?>("error.type", failure?.GetType().FullName ?? "_OTHER")
            : new KeyValuePair<string, object?>("tls.protocol.version", TlsVersion(tls.Protocol));
        handshakeDuration.Record(Elapsed(started), tag);
    }

    /// <param name="mechanism">The name of a mechanism that is offered; null for any other.</param>
    /// <param name="code">The reply that ended the attempt.</param>
    public void AuthenticationEnded(string? mechanism, int code)
    {
        if (authentications.Enabled)
            authentications.Add(1, new("smtp.auth.mechanism", mechanism ?? "_OTHER"), new("smtp.response.status_code", code));
    }

    /// <summary>MAIL has come.</summary>
    public TransactionTelemetry BeginTransaction(SmtpConnection connection)
    {
        var activity = activities.StartActivity("smtp.transaction", ActivityKind.Server);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("network.protocol.name", connection.IsLmtp ? "lmtp" : "smtp");
            activity.SetTag("smtp.connection.id", connection.Id);
            if (connection.Tls is { } tls)
                activity.SetTag("tls.protocol.version", TlsVersion(tls.Protocol));
            if (connection.Identity is { } identity)
                activity.SetTag("smtp.auth.mechanism", identity.Mechanism);
        }

        return new TransactionTelemetry(activity, messageDuration.Enabled ? time.GetTimestamp() : 0);
    }

    /// <summary>MAIL was accepted.</summary>
    public void TransactionAccepted(SmtpConnection connection)
    {
        if (transactions.Enabled)
            transactions.Add(1, Protocol(connection));
    }

    /// <summary>MAIL was refused: no transaction came of it.</summary>
    public static void TransactionRefused(TransactionTelemetry telemetry, SmtpReply reply)
    {
        telemetry.Activity?.SetTag("smtp.response.status_code", reply.Code);
        End(telemetry.Activity, ResultOf(reply));
    }

    /// <summary>The message came whole and was answered.</summary>
    /// <param name="telemetry">Its telemetry.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">The envelope.</param>
    /// <param name="octets">Its size.</param>
    /// <param name="reply">The answer for all.</param>
    /// <param name="each">The answer for each recipient, where they have one.</param>
    public void MessageAnswered(
        TransactionTelemetry telemetry, SmtpConnection connection, MailTransaction transaction, long octets, SmtpReply reply, ReadOnlySpan<SmtpReply> each)
    {
        var result = ResultOf(reply, each);
        if (messageSize.Enabled)
            messageSize.Record(octets, Protocol(connection));
        if (telemetry.Activity is { IsAllDataRequested: true } activity)
        {
            activity.SetTag("smtp.recipients", transaction.Recipients.Count);
            activity.SetTag("smtp.message.size", octets);
            activity.SetTag("smtp.response.status_code", reply.IsContinue ? 250 : reply.Code);
        }

        EndTransaction(telemetry, connection, result);
    }

    /// <summary>The transaction ended without its message.</summary>
    /// <param name="telemetry">Its telemetry.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="isRefused">Whether the content was refused; otherwise the client gave up, or was lost.</param>
    public void TransactionEnded(TransactionTelemetry telemetry, SmtpConnection connection, bool isRefused) =>
        EndTransaction(telemetry, connection, isRefused ? "rejected" : "aborted");

    public void Dispose()
    {
        activities.Dispose();
        if (ownsMeter)
            meter.Dispose();
    }

    private void EndTransaction(TransactionTelemetry telemetry, SmtpConnection connection, string result)
    {
        var tag = new KeyValuePair<string, object?>("smtp.message.result", result);
        if (messages.Enabled)
            messages.Add(1, Protocol(connection), tag);
        if (telemetry.Started != 0 && messageDuration.Enabled)
            messageDuration.Record(Elapsed(telemetry.Started), Protocol(connection), tag);
        End(telemetry.Activity, result);
    }

    // As with HTTP, a span of a server fails when the server does, not when it refuses what the client wants.
    private static void End(Activity? activity, string result)
    {
        activity?.SetTag("smtp.message.result", result);
        if (result is "deferred")
            activity?.SetStatus(ActivityStatusCode.Error);
        activity?.Stop();
    }

    private static string ResultOf(SmtpReply reply, ReadOnlySpan<SmtpReply> each)
    {
        var accepted = 0;
        foreach (var one in each)
            accepted += one.IsCompletion ? 1 : 0;
        return accepted > 0 && accepted < each.Length ? "partial" : ResultOf(accepted > 0 ? SmtpReply.Continue : reply);
    }

    private static string ResultOf(SmtpReply reply) => reply.IsCompletion ? "accepted" : reply.Code >= 500 ? "rejected" : "deferred";

    private static KeyValuePair<string, object?> Protocol(SmtpConnection connection) => new("network.protocol.name", connection.IsLmtp ? "lmtp" : "smtp");

    private static string Word(SmtpDisconnectReason reason) => reason switch
    {
        SmtpDisconnectReason.Quit => "quit",
        SmtpDisconnectReason.PeerClosed => "peer_closed",
        SmtpDisconnectReason.Refused => "refused",
        SmtpDisconnectReason.TlsFailed => "tls_failed",
        SmtpDisconnectReason.TimedOut => "timed_out",
        SmtpDisconnectReason.ServerStopping => "server_stopping",
        _ => "aborted",
    };

    // Tls12 is 1.2 and Tls13 is 1.3 in the semantic conventions.
    private static string TlsVersion(SslProtocols protocol) =>
        protocol.ToString() is ['T', 'l', 's', var major, var minor] ? $"{major}.{minor}" : protocol.ToString();

    private double Elapsed(long started) => time.GetElapsedTime(started).TotalSeconds;

    private Histogram<double> Seconds(string name, string description, double[] buckets) =>
        meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}

/// <summary>What is being told of one transaction.</summary>
/// <param name="Activity">Its activity; null when nobody traces.</param>
/// <param name="Started">When it began; 0 when nobody measures.</param>
internal readonly record struct TransactionTelemetry(Activity? Activity, long Started)
{
    /// <summary>Makes the transaction the parent of what the handler traces, until the calling async method ends.</summary>
    public void Enter()
    {
        if (Activity is not null)
            Activity.Current = Activity;
    }
}
