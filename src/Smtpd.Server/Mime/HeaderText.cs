using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>The octets of a field's body as text: unfolded, and in the charset that they are most likely in.</summary>
internal static class HeaderText
{
    /// <summary>RFC 5322 2.2.3: the line break goes, the blank stays. UTF-8 (RFC 6532) if it is valid, else <paramref name="fallback"/> or windows-1252.</summary>
    public static string Unfold(ReadOnlySpan<byte> body, Encoding? fallback = null)
    {
        body = body.Trim(" \t\r\n"u8);
        var text = Charsets.Decode(body, null, fallback);
        if (body.ContainsAny((byte)'\r', (byte)'\n'))
            text = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        return text;
    }

    public static string Cut(string text, int maximumLength)
    {
        if (text.Length <= maximumLength)
            return text;
        return text[..(maximumLength > 0 && char.IsHighSurrogate(text[maximumLength - 1]) ? maximumLength - 1 : maximumLength)];
    }
}
