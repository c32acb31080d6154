using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Smtpd.Text;

/// <summary>Base64 as RFC 4648 §4 has it: padded, without blanks and line breaks, which .NET's decoders skip.</summary>
internal static class StrictBase64
{
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        if (text.IndexOfAny(" \t\r\n"u8) >= 0 || !Base64.IsValid(text, out var length))
            return false;
        octets = new byte[length];
        return Base64.DecodeFromUtf8(text, octets, out _, out var written) == OperationStatus.Done && written == length;
    }

    // What is not ASCII becomes "?", which is no base64 either.
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? octets)
    {
        var ascii = new byte[text.Length];
        Encoding.ASCII.GetBytes(text, ascii);
        return TryDecode(ascii, out octets);
    }
}
