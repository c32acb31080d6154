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
    MessageId Id, DateTimeOffset ReceivedAt, MessageEnvelope Envelope, HeaderSummary Summary, IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>The SMTP dialogue that brought it, secrets blanked; <c>null</c> when it came another way.</summary>
    public string? Transcript { get; init; }
}

/// <summary>A message in a mailbox, without its content.</summary>
internal sealed record Message(
    int MailboxId, long Uid, MessageId Id, DateTimeOffset ReceivedAt, long Size, ReadOnlyMemory<byte> Sha256,
    MessageEnvelope Envelope, IReadOnlyList<string> Recipients, HeaderSummary Summary, MessageFlags Flags)
{
    /// <summary>In order of the alphabet (ordinal).</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What was read out of the content; <c>null</c> until that has been done, shortly after the commit.</summary>
    public MessageReading? Reading { get; init; }
}

/// <summary>What a list shows of a message's content. Derived: made again from the content at any time.</summary>
/// <param name="Snippet">The beginning of the text.</param>
internal sealed record MessageReading(string Snippet, IReadOnlyList<MessageAttachment> Attachments, IReadOnlyList<string> Warnings)
{
    public static MessageReading Empty { get; } = new("", [], []);
}

/// <param name="Index">From 1, in the order of the message.</param>
/// <param name="Size">Octets after decoding.</param>
/// <param name="Sha256">Of the decoded octets, in hexadecimal.</param>
internal sealed record MessageAttachment(int Index, string? FileName, string ContentType, long Size, string Sha256, string? ContentId, bool Inline);

[Flags]
internal enum MessageFlags
{
    None = 0,
    Read = 1,
    Pinned = 2,
}

/// <summary>What to change of messages; <c>null</c> and empty leave things as they are.</summary>
/// <param name="Tags">Replaces all tags, before the two below take effect.</param>
internal sealed record MessageChange(bool? Read = null, bool? Pinned = null, IReadOnlyList<string>? Tags = null)
{
    public IReadOnlyList<string> AddTags { get; init; } = [];
    public IReadOnlyList<string> RemoveTags { get; init; } = [];
}

/// <summary>Names that people give to messages.</summary>
internal static class MessageTag
{
    public const int MaximumLength = 50;
    public const int MaximumCount = 50;

    public static bool IsTag(string text) => text.Length is > 0 and <= MaximumLength && !text.Any(each => char.IsControl(each) || each is ',' or '"') && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]);
}

/// <summary>Where a listing starts and how far it goes. Paging is by key: a row that comes or goes shifts nothing.</summary>
/// <param name="After">The UID of the last message seen, or <c>null</c> to begin.</param>
internal sealed record MessageQuery(long? After, int Limit, bool Descending);
