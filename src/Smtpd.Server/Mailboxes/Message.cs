using Smtpd.Server.Mime;

namespace Smtpd.Server.Mailboxes;

/// <summary>What SMTP said about a message: everything that its octets do not tell.</summary>
/// <param name="Sender">The reverse path, empty for the null sender.</param>
/// <param name="RecipientCount">Recipients of the whole transaction, over all mailboxes.</param>
/// <param name="Helo">What the client called itself; its own words, checked by nobody.</param>
/// <param name="RemoteAddress">Where the connection came from, or <c>null</c> for a unix socket.</param>
/// <param name="ReceivedBy">The name of this server at the time.</param>
/// <param name="Protocol">The keyword after <c>with</c> in a Received field (RFC 3848, RFC 6531 4.3).</param>
/// <param name="Tls">Version and cipher suite, as in <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>; <c>null</c> in clear.</param>
/// <param name="User">Who proved by AUTH to be the sender; <c>null</c> without.</param>
internal sealed record MessageEnvelope(
    string Sender, int RecipientCount, string Helo, string? RemoteAddress, string ReceivedBy, string Protocol, string? Tls, string? User);

/// <summary>One mailbox's share of a message: the recipients that led there, as the client wrote them.</summary>
internal sealed record Delivery(int MailboxId, IReadOnlyList<string> Recipients);

/// <summary>A message about to be stored. The content goes beside it.</summary>
internal sealed record NewMessage(
    MessageId Id, DateTimeOffset ReceivedAt, MessageEnvelope Envelope, HeaderSummary Summary, IReadOnlyList<Delivery> Deliveries);

/// <summary>A message in a mailbox, without its content.</summary>
internal sealed record Message(
    int MailboxId, long Uid, MessageId Id, DateTimeOffset ReceivedAt, long Size, ReadOnlyMemory<byte> Sha256,
    MessageEnvelope Envelope, IReadOnlyList<string> Recipients, HeaderSummary Summary, MessageFlags Flags);

[Flags]
internal enum MessageFlags
{
    None = 0,
    Read = 1,
    Pinned = 2,
}

/// <summary>Where a listing starts and how far it goes. Paging is by key: a row that comes or goes shifts nothing.</summary>
/// <param name="After">The UID of the last message seen, or <c>null</c> to begin.</param>
internal sealed record MessageQuery(long? After, int Limit, bool Descending);
