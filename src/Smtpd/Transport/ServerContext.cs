using Microsoft.Extensions.Logging;
using Smtpd.Diagnostics;
using Smtpd.Protocol;

namespace Smtpd.Transport;

/// <summary>What all connections of a server share.</summary>
/// <param name="Options">The options as given.</param>
/// <param name="Session">The settings of every session.</param>
/// <param name="Timeouts">The deadlines in force.</param>
/// <param name="CreateHandler">Makes the handler of a connection.</param>
/// <param name="Tls">Shakes hands; null without TLS.</param>
/// <param name="Gate">Counts connections.</param>
/// <param name="Memory">Counts content on its way.</param>
/// <param name="Heartbeat">Watches deadlines.</param>
/// <param name="Telemetry">What is measured and traced.</param>
/// <param name="Logger">Where to log.</param>
internal sealed record ServerContext(
    SmtpServerOptions Options,
    SessionSettings Session,
    SmtpTimeouts Timeouts,
    Func<SmtpConnection, SmtpHandler> CreateHandler,
    TlsHandshake? Tls,
    ConnectionGate Gate,
    ContentMemory Memory,
    Heartbeat Heartbeat,
    ServerTelemetry Telemetry,
    ILogger Logger)
{
    private static long lastConnection = DateTime.UtcNow.Ticks;

    /// <summary>Unique in this process, and most likely among its restarts.</summary>
    public static string NextConnectionId() => Interlocked.Increment(ref lastConnection).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
