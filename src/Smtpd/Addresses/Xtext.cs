using System.Globalization;
using System.Text;
using Smtpd.Text;

namespace Smtpd.Addresses;

/// <summary>xtext (RFC 3461 §4) and the embedded characters of a <c>utf-8</c> address (RFC 6533 §3).</summary>
internal static class Xtext
{
    /// <summary>Decodes <c>+HH</c>. Refuses what is no xtext and what would bring a control character or broken UTF-8 in.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> xtext, out string text)
    {
        text = string.Empty;
        var octets = new byte[xtext.Length];
        var length = 0;
        for (var i = 0; i < xtext.Length; i++)
        {
            var octet = xtext[i];
            // xchar is printable ASCII without "+" and "="; RFC 6533 lets UTF-8 stand here as it is.
            if (octet is <= 32 or 127 or (byte)'=')
                return false;
            if (octet == '+' && !TryReadHexPair(xtext, ref i, out octet))
                return false;
            octets[length++] = octet;
        }

        return StrictUtf8.TryDecode(octets.AsSpan(0, length), out text) && PrintableText.IsPrintable(text);
    }

    /// <summary>Replaces <c>\x{HEX}</c> by the character it names (RFC 6533 §3, EmbeddedUnicodeChar).</summary>
    public static bool TryDecodeEmbedded(string text, out string decoded)
    {
        decoded = text;
        if (!text.Contains('\\', StringComparison.Ordinal))
            return true;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            var close = text.IndexOf('}', i);
            if (close < 0 || close - i is < 5 or > 9 || text[i + 1] != 'x' || text[i + 2] != '{'
                || !int.TryParse(text.AsSpan(i + 3, close - i - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var scalar)
                || !Rune.TryCreate(scalar, out var rune))
            {
                return false;
            }

            result.Append(rune.ToString());
            i = close;
        }

        decoded = result.ToString();
        return PrintableText.IsPrintable(decoded);
    }

    private static bool TryReadHexPair(ReadOnlySpan<byte> xtext, ref int at, out byte octet)
    {
        octet = 0;
        // hexchar is "+" and two UPPER-case digits.
        if (at + 2 >= xtext.Length || !char.IsAsciiHexDigitUpper((char)xtext[at + 1]) || !char.IsAsciiHexDigitUpper((char)xtext[at + 2]))
            return false;
        octet = byte.Parse(xtext.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        at += 2;
        return true;
    }
}
