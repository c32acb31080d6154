using System.Text;

namespace Smtpd.Text;

/// <summary>UTF-8 as RFC 3629 has it: overlong forms, surrogates and cut sequences are refused, not replaced.</summary>
internal static class StrictUtf8
{
    /// <summary>Throws on what is not UTF-8; call <see cref="TryDecode"/> for what came from a peer.</summary>
    public static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> octets, out string text)
    {
        if (System.Text.Unicode.Utf8.IsValid(octets))
        {
            text = Encoding.GetString(octets);
            return true;
        }

        text = string.Empty;
        return false;
    }
}
