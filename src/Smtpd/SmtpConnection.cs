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
        PeerEndPoint = remoteEndPoint;
        TimeProvider = timeProvider;
        ConnectedAt = timeProvider.GetUtcNow();
    }

    /// <summary>Names the connection in every log line; unique while the process runs.</summary>
    public string Id { get; }

    /// <summary>What this server calls itself in the greeting: <see cref="SmtpServerOptions.Hostname"/>.</summary>
    public string ServerName { get; }

    /// <summary>The address the client connected to; null for a connection without one, such as a pipe in memory.</summary>
    public EndPoint? LocalEndPoint { get; internal set; }

    /// <summary>The address of the client; null for a connection without one. What a trusted proxy said, if one did. The seed's <c>Addr()</c>.</summary>
    public EndPoint? RemoteEndPoint { get; internal set; }

    /// <summary>The address of the peer of the connection itself: the client, or the proxy in front of it.</summary>
    public EndPoint? PeerEndPoint { get; }

    /// <summary>The verified host name of the client, where a trusted proxy told it by XCLIENT; null otherwise. This library looks up no names.</summary>
    public string? RemoteName { get; internal set; }

    /// <summary>What a trusted content filter said of the client of the message to come, by XFORWARD; null when it said nothing. For logs and trace fields only.</summary>
    public SmtpForwardedClient? Forwarded { get; internal set; }

    /// <summary>When the peer connected.</summary>
    public DateTimeOffset ConnectedAt { get; }

    /// <summary>What the client called itself in the last accepted EHLO or HELO; null before. Not verified.</summary>
    public string? HelloName { get; internal set; }

    /// <summary>Whether that was EHLO: the client speaks ESMTP (RFC 3848 tells them apart in <c>Received</c>).</summary>
    public bool IsExtended { get; internal set; }

    /// <summary>What TLS agreed on; null while the connection is in clear.</summary>
    public SmtpTlsSession? Tls { get; internal set; }

    /// <summary>Who the client has proved to be; null before AUTH.</summary>
    public SmtpIdentity? Identity { get; internal set; }

    /// <summary>Whether this is LMTP (RFC 2033): each recipient of a message gets a reply of its own.</summary>
    public bool IsLmtp { get; internal init; }

    /// <summary>The mailbox this connection belongs to, once known: AUTH sets it, and a hook may. The seed's main idea.</summary>
    public int? MailboxId { get; set; }

    /// <summary>The dialogue so far; null unless <see cref="SmtpServerOptions.TranscriptLength"/> asks for it.</summary>
    public SmtpTranscript? Transcript { get; internal init; }

    /// <summary>Messages answered on this connection, accepted or not.</summary>
    public int MessageCount { get; internal set; }

    /// <summary>Whether who is heard now may say who the client is. Not any more when it has said so: what comes then comes from the client.</summary>
    internal bool IsTrustedProxy { get; set; }

    /// <summary>The clock of the server.</summary>
    public TimeProvider TimeProvider { get; }
}
