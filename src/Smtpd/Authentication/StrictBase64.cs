using System.Diagnostics.CodeAnalysis;

namespace Smtpd.Authentication;

/// <summary>Base64 as RFC 4648 §4 has it, padded and without line breaks, which <see cref="Convert"/> would skip.</summary>
internal static class StrictBase64
{
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        if (text.ContainsAny(" \t\r\n"))
            return false;
        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(text, buffer, out var length))
            return false;
        octets = length == buffer.Length ? buffer : buffer[..length];
        return true;
    }
}
