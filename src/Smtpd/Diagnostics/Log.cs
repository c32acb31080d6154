using System.Net;
using Microsoft.Extensions.Logging;

namespace Smtpd.Diagnostics;

/// <summary>Every line the library logs. An id is for ever; the next free one is 24. No credentials, no content.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {EndPoint}")]
    public static partial void Listening(ILogger logger, EndPoint endPoint);

    [LoggerMessage(2, LogLevel.Information, "Stopped listening, waiting for {Connections} connections")]
    public static partial void Stopping(ILogger logger, int connections);

    [LoggerMessage(3, LogLevel.Warning, "Cutting {Connections} connections that did not end in time")]
    public static partial void AbortingConnections(ILogger logger, int connections);

    [LoggerMessage(4, LogLevel.Warning, "Could not accept a connection on {EndPoint} ({Error}); trying again")]
    public static partial void AcceptFailed(ILogger logger, EndPoint? endPoint, string error);

    [LoggerMessage(5, LogLevel.Debug, "{ConnectionId}: connected from {RemoteEndPoint}")]
    public static partial void Connected(ILogger logger, string connectionId, EndPoint? remoteEndPoint);

    [LoggerMessage(6, LogLevel.Debug, "{ConnectionId}: ended, {Reason}, {Messages} messages")]
    public static partial void Disconnected(ILogger logger, string connectionId, SmtpDisconnectReason reason, int messages);

    [LoggerMessage(7, LogLevel.Debug, "Connection from {RemoteEndPoint} refused: too many connections")]
    public static partial void TooManyConnections(ILogger logger, EndPoint? remoteEndPoint);

    [LoggerMessage(8, LogLevel.Error, "{ConnectionId}: the handler failed in {Stage}; the peer was answered 451 4.3.0")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string connectionId, string stage);

    [LoggerMessage(9, LogLevel.Error, "{ConnectionId}: failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(10, LogLevel.Debug, "{ConnectionId}: content refused, {Fault}")]
    public static partial void ContentRefused(ILogger logger, string connectionId, string fault);

    [LoggerMessage(11, LogLevel.Debug, "{ConnectionId}: deadline passed, {Deadline}")]
    public static partial void DeadlinePassed(ILogger logger, string connectionId, string deadline);

    [LoggerMessage(12, LogLevel.Error, "The heartbeat failed; deadlines are looked at again in a second")]
    public static partial void HeartbeatFailed(ILogger logger, Exception exception);

    [LoggerMessage(13, LogLevel.Information, "{ConnectionId}: {RemoteEndPoint} begins a TLS handshake where SMTP in clear is spoken; its port should be one with implicit TLS")]
    public static partial void TlsOnPlainPort(ILogger logger, string connectionId, EndPoint? remoteEndPoint);

    [LoggerMessage(14, LogLevel.Debug, "{ConnectionId}: TLS established, {Tls}")]
    public static partial void TlsEstablished(ILogger logger, string connectionId, SmtpTlsSession tls);

    [LoggerMessage(15, LogLevel.Information, "{ConnectionId}: TLS handshake with {RemoteEndPoint} failed")]
    public static partial void TlsFailed(ILogger logger, Exception exception, string connectionId, EndPoint? remoteEndPoint);

    [LoggerMessage(16, LogLevel.Information, "{ConnectionId}: {User} authenticated by {Mechanism}")]
    public static partial void Authenticated(ILogger logger, string connectionId, string user, string mechanism);

    [LoggerMessage(17, LogLevel.Information, "{ConnectionId}: authentication from {RemoteEndPoint} refused with {Code}")]
    public static partial void AuthenticationFailed(ILogger logger, string connectionId, EndPoint? remoteEndPoint, int code);

    [LoggerMessage(18, LogLevel.Warning, "{ConnectionId}: {PeerEndPoint} sent no valid PROXY header, or is not in Proxies.Trusted; the connection is closed")]
    public static partial void ProxyHeaderRefused(ILogger logger, string connectionId, EndPoint? peerEndPoint);

    [LoggerMessage(19, LogLevel.Debug, "{ConnectionId}: {RemoteEndPoint} talked before the greeting")]
    public static partial void TalksBeforeGreeting(ILogger logger, string connectionId, EndPoint? remoteEndPoint);

    [LoggerMessage(20, LogLevel.Information, "The certificate in {File} is new and used from now on; it is valid until {NotAfter:u}")]
    public static partial void CertificateRead(ILogger logger, string file, DateTime notAfter);

    [LoggerMessage(21, LogLevel.Warning, "The certificate in {File} has changed and cannot be used ({Reason}); the one read before stays")]
    public static partial void CertificateNotRead(ILogger logger, string file, string reason);

    [LoggerMessage(22, LogLevel.Warning, "The certificate in {File} is valid from {NotBefore:u} until {NotAfter:u} only: clients will refuse it")]
    public static partial void CertificateOutOfTime(ILogger logger, string file, DateTime notBefore, DateTime notAfter);

    [LoggerMessage(23, LogLevel.Debug, "Connection from {RemoteEndPoint} refused: too much content in memory")]
    public static partial void TooMuchContent(ILogger logger, EndPoint? remoteEndPoint);
}
