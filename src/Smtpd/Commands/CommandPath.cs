using System.Text;

namespace Smtpd.Commands;

/// <summary>The shape MAIL and RCPT share: <c>FROM:</c> or <c>TO:</c>, a path, parameters behind a blank.</summary>
internal static class CommandPath
{
    public static bool TryReadKeyword(ref ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> keyword)
    {
        if (arguments.Length < keyword.Length || !Ascii.EqualsIgnoreCase(arguments[..keyword.Length], keyword))
            return false;
        // RFC 5321 §3.3 notes that no blank belongs here and that many send one; every server forgives it.
        arguments = arguments[keyword.Length..].TrimStart((byte)' ');
        return true;
    }

    public static bool TryReadParameters(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> parameters)
    {
        parameters = rest;
        return rest.IsEmpty || rest[0] == ' ';
    }
}
