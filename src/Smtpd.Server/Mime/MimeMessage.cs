namespace Smtpd.Server.Mime;

/// <summary>What was made of a message's octets. Nothing in it is trusted, everything is bounded by <see cref="MimeLimits"/>.</summary>
internal sealed record MimeMessage
{
    public required HeaderSummary Summary { get; init; }

    /// <summary>At most 200 characters of what the message says, without line breaks; empty when it says nothing.</summary>
    public required string Snippet { get; init; }

    /// <summary>The plain text, with LF; <c>null</c> without a plain part.</summary>
    public string? Text { get; init; }

    /// <summary>The html as it came, plain parts between html ones in their place: not fit for a browser before it is made safe. <c>null</c> without an html part.</summary>
    public string? Html { get; init; }

    public required MimePart Root { get; init; }

    public IReadOnlyList<MimeHeader> Headers => Root.Headers;

    /// <summary>Everything that is not text to be read, in the order of the message, without what is inside of attached messages.</summary>
    public required IReadOnlyList<MimeAttachment> Attachments { get; init; }

    public required IReadOnlyList<MimeWarning> Warnings { get; init; }
}
