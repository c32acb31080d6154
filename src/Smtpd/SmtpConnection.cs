using System.Net;

namespace Smtpd;

/// <summary>What a handler may know of the connection it serves.</summary>
public sealed class SmtpConnection
{
    internal SmtpConnection(string id, string serverName, EndPoint? localEndPoint, EndPoint? remoteEndPoint, TimeProvider timeProvider)
    {
        Id = id;
        ServerName = serverName;
        LocalEndPoint = localEndPoint;
        RemoteEndPoint = remoteEndPoint;
        TimeProvider = timeProvider;
        ConnectedAt = timeProvider.GetUtcNow();
    }

    /// <summary>Names the connection in every log line; unique while the process runs.</summary>
    public string Id { get; }

    /// <summary>What this server calls itself in the greeting: <see cref="SmtpServerOptions.Hostname"/>.</summary>
    public string ServerName { get; }

    /// <summary>The address the peer connected to; null for a connection without one, such as a pipe in memory.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>The address of the peer; null for a connection without one. The seed's <c>Addr()</c>.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>When the peer connected.</summary>
    public DateTimeOffset ConnectedAt { get; }

    /// <summary>What the client called itself in the last accepted EHLO or HELO; null before. Not verified.</summary>
    public string? HelloName { get; internal set; }

    /// <summary>Whether that was EHLO: the client speaks ESMTP (RFC 3848 tells them apart in <c>Received</c>).</summary>
    public bool IsExtended { get; internal set; }

    /// <summary>The mailbox this connection belongs to, once known. A hook may set it; the seed's main idea.</summary>
    public int? MailboxId { get; set; }

    /// <summary>Messages answered on this connection, accepted or not.</summary>
    public int MessageCount { get; internal set; }

    /// <summary>The clock of the server.</summary>
    public TimeProvider TimeProvider { get; }
}
