namespace Smtpd.Server.Mime;

/// <summary>One field of a header block, in the order of the message.</summary>
/// <param name="Raw">Unfolded, encoded words as they stand.</param>
/// <param name="Value">Unfolded and decoded (RFC 2047), for display.</param>
internal sealed record MimeHeader(string Name, string Raw, string Value);

/// <summary>Where the body of a part lies in the raw octets, and how it is encoded there: enough to open it again without reading the message.</summary>
internal readonly record struct PartBody(long Offset, long Length, TransferEncoding Encoding);

/// <summary>A node of the part tree. An attached message (<c>message/rfc822</c>) has one child, the root of that message.</summary>
internal sealed class MimePart
{
    private readonly List<MimePart> _children = [];

    /// <summary>Positions from the root, which is <c>1</c>: its second child is <c>1.2</c>.</summary>
    public required string Path { get; init; }

    public MimePart? Parent { get; init; }

    public IReadOnlyList<MimePart> Children => _children;

    /// <summary>For example <c>text/plain</c>, in lower case; the default of RFC 2045 5.2 or RFC 2046 5.1.5 where none was given.</summary>
    public string ContentType { get; internal set; } = "text/plain";

    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; internal set; } = [];

    /// <summary><c>inline</c>, <c>attachment</c> or something else in lower case; <c>null</c> without the field.</summary>
    public string? Disposition { get; internal set; }

    /// <summary>Made safe, see <see cref="SafeFileName"/>.</summary>
    public string? FileName { get; internal set; }

    /// <summary>Without its angle brackets.</summary>
    public string? ContentId { get; internal set; }

    /// <summary>As the message says it.</summary>
    public string? Charset { get; internal set; }

    public IReadOnlyList<MimeHeader> Headers { get; internal set; } = [];

    /// <summary>Of the raw octets: where the header block begins. It ends where the body begins.</summary>
    public required long HeaderOffset { get; init; }

    public PartBody Body { get; internal set; }

    /// <summary>Octets after decoding. For a multipart the length as it stands.</summary>
    public long Size { get; internal set; }

    /// <summary>Of the decoded octets. Empty for multiparts, and for messages attached to messages attached to messages attached to messages.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; internal set; }

    /// <summary>It belongs to what a reader shows (an image in the html), not to what is offered for download.</summary>
    public bool IsInline { get; internal set; }

    /// <summary>It is in the message's list of attachments.</summary>
    public bool IsAttachment { get; internal set; }

    public bool IsMultipart => ContentType.StartsWith("multipart/", StringComparison.Ordinal);

    public bool IsMessage => ContentType is "message/rfc822" or "message/global" or "message/news";

    internal bool IsText => ContentType is "text/plain" or "text/html" || IsReport;

    // RFC 3464, RFC 8098, RFC 6533: fields for programs which people read as well.
    internal bool IsReport => ContentType is "message/delivery-status" or "message/disposition-notification" or "message/global-delivery-status" or "message/global-disposition-notification";

    // A multipart that was not taken apart.
    internal bool IsOpaque { get; set; }

    // It may turn out to be text of the message.
    internal bool IsReadable { get; set; }

    internal bool IsFlowed { get; set; }

    internal bool DelSp { get; set; }

    /// <summary>What a text part says, while the message's text is put together.</summary>
    internal string? DecodedText { get; set; }

    internal void Add(MimePart child) => _children.Add(child);
}

/// <summary>What REST shows of an attachment. <see cref="Body"/> is for <see cref="MimeReader.OpenPart(Stream, PartBody)"/>.</summary>
/// <param name="Index">From 1.</param>
internal sealed record MimeAttachment(
    int Index, string Path, string? FileName, string ContentType, long Size, string Sha256, string? ContentId, bool Inline, PartBody Body);
