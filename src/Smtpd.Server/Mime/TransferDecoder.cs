namespace Smtpd.Server.Mime;

/// <summary>RFC 2045 6: how the octets of a part were made fit for transport. Anything unknown is taken as it is.</summary>
internal enum TransferEncoding
{
    None,
    Base64,
    QuotedPrintable,
    Uuencode,
}

/// <summary>Undoes a transfer encoding piece by piece, however the pieces are cut. Tolerant: what is wrong is passed over or left as it stands.</summary>
internal abstract class TransferDecoder
{
    /// <summary>By how many octets the output of one call may exceed its input: what an earlier call held back.</summary>
    public const int Slack = 2048;

    /// <summary>Something was not as the encoding wants it.</summary>
    public bool IsDamaged { get; protected set; }

    public static TransferEncoding EncodingOf(string? name, out bool isKnown)
    {
        isKnown = true;
        switch (name?.ToUpperInvariant())
        {
            case null or "" or "7BIT" or "8BIT" or "BINARY":
                return TransferEncoding.None;
            case "BASE64":
                return TransferEncoding.Base64;
            case "QUOTED-PRINTABLE":
                return TransferEncoding.QuotedPrintable;
            case "X-UUENCODE" or "X-UUE" or "UUENCODE" or "UUE":
                return TransferEncoding.Uuencode;
            default:
                isKnown = false;
                return TransferEncoding.None;
        }
    }

    /// <summary><c>null</c> where there is nothing to undo.</summary>
    public static TransferDecoder? For(TransferEncoding encoding) => encoding switch
    {
        TransferEncoding.Base64 => new Base64Decoder(),
        TransferEncoding.QuotedPrintable => new QuotedPrintableDecoder(),
        TransferEncoding.Uuencode => new UuDecoder(),
        _ => null,
    };

    /// <summary>Decodes all of <paramref name="input"/>; <paramref name="output"/> has room for that and <see cref="Slack"/> more. Returns how much was written.</summary>
    public abstract int Decode(ReadOnlySpan<byte> input, Span<byte> output);

    /// <summary>What is left at the end of the part.</summary>
    public abstract int Finish(Span<byte> output);
}
