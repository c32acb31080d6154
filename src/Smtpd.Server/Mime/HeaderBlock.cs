using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Reads the few fields that a list shows. Linear in its input, bounded, and never throws: anything may stand in a message.</summary>
internal static class HeaderBlock
{
    /// <summary>How much of a message is looked at.</summary>
    public const int MaximumLength = 64 * 1024;

    private const int MaximumTextLength = 2000;
    private const int MaximumAddresses = 1000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="message">The beginning of a message; what is beyond <see cref="MaximumLength"/> is ignored.</param>
    public static HeaderSummary Read(ReadOnlySpan<byte> message)
    {
        var rest = message[..Math.Min(message.Length, MaximumLength)];
        string? subject = null, date = null, messageId = null;
        List<HeaderAddress> from = [], to = [], cc = [];
        while (TryReadField(ref rest, out var name, out var body))
        {
            // The first one counts where RFC 5322 3.6 allows one: a second is a mistake or somebody's trick.
            if (Is(name, "subject"u8))
                subject ??= Text(body);
            else if (Is(name, "date"u8))
                date ??= Text(body);
            else if (Is(name, "message-id"u8))
                messageId ??= Text(body).Trim('<', '>');
            else if (Is(name, "from"u8))
                AddressList.Read(Text(body, MaximumLength), from, 1);
            else if (Is(name, "to"u8))
                AddressList.Read(Text(body, MaximumLength), to, MaximumAddresses);
            else if (Is(name, "cc"u8))
                AddressList.Read(Text(body, MaximumLength), cc, MaximumAddresses);
        }

        DateTimeOffset? when = date is not null && HeaderDate.TryParse(date, out var value) ? value : null;
        return new(subject, from.Count > 0 ? from[0] : null, to, cc, when, messageId);
    }

    // One field with its continuation lines. False at the empty line that ends the block, or at the end.
    private static bool TryReadField(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> body)
    {
        while (TryReadLogicalLine(ref rest, out var line))
        {
            var colon = line.IndexOf((byte)':');
            name = colon <= 0 ? default : line[..colon].TrimEnd(" \t"u8); // RFC 5322 4.5: blanks before the colon are obsolete, not wrong
            if (name.IsEmpty || name.IndexOfAnyExceptInRange((byte)33, (byte)126) >= 0)
                continue; // not a field, for example mbox's "From " line: what follows may still be read
            body = line[(colon + 1)..];
            return true;
        }

        name = body = default;
        return false;
    }

    private static bool TryReadLogicalLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var end = 0;
        while (true)
        {
            var lineFeed = rest[end..].IndexOf((byte)'\n');
            var next = lineFeed < 0 ? rest.Length : end + lineFeed + 1;
            if (end == 0 && rest[..next].TrimEnd("\r\n"u8).IsEmpty)
            {
                line = default;
                return false;
            }

            end = next;
            if (end == rest.Length || rest[end] is not ((byte)' ' or (byte)'\t'))
                break;
        }

        line = rest[..end].TrimEnd("\r\n"u8);
        rest = rest[end..];
        return true;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(name, expected);

    // Unfolded (RFC 5322 2.2.3: the line break goes, the blank stays). RFC 6532 allows UTF-8; what is not UTF-8 is shown as Latin-1.
    private static string Text(ReadOnlySpan<byte> body, int maximumLength = MaximumTextLength)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.Latin1.GetString(body);
        }

        text = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
        if (text.Length <= maximumLength)
            return text;
        return text[..(char.IsHighSurrogate(text[maximumLength - 1]) ? maximumLength - 1 : maximumLength)];
    }
}
