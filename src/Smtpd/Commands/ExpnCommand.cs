using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>EXPN (RFC 5321 §4.1.1.7): closed. Lists are nobody's business (§7.3).</summary>
internal sealed record ExpnCommand : SmtpCommand
{
    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax) => ProtocolReplies.NotImplemented;
}
