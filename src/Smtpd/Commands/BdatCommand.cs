using System.Text;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>BDAT (RFC 3030 §2): <paramref name="Size"/> octets of content follow the command's CRLF.</summary>
internal sealed record BdatCommand(long Size, bool IsLast) : SmtpCommand
{
    // A size that cannot be read leaves no way to tell content from commands: the refusal closes the connection.
    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        var blank = arguments.IndexOf((byte)' ');
        var digits = blank < 0 ? arguments : arguments[..blank];
        var last = blank < 0 ? default : arguments[blank..].Trim((byte)' ');
        if (!EsmtpParameters.TryParseSize(digits, out var size) || size == long.MaxValue
            || (!last.IsEmpty && !Ascii.EqualsIgnoreCase(last, "LAST"u8)))
        {
            return ProtocolReplies.BdatSyntax;
        }

        return new BdatCommand(size, !last.IsEmpty);
    }
}
