using System.Text;
using Smtpd.Replies;

namespace Smtpd;

/// <summary>Since when the mailbox must belong to who it belongs to now, or it is not the person the sender means: <c>RRVS=</c> (RFC 7293 §3.1).</summary>
/// <param name="Time">The time.</param>
/// <param name="Rejects">
/// Whether the message shall be refused when it passes a server that does not know RRVS (<c>R</c>, the default) or go on without the check (<c>C</c>).
/// </param>
public readonly record struct RecipientValidSince(DateTimeOffset Time, bool Rejects)
{
    internal static SmtpReply Parse(Commands.RcptCommand command, ReadOnlySpan<byte> value, Commands.CommandSyntax syntax)
    {
        var semicolon = value.IndexOf((byte)';');
        var action = semicolon < 0 ? "R"u8 : value[(semicolon + 1)..];
        var isContinue = Ascii.EqualsIgnoreCase(action, "C"u8);
        if ((!isContinue && !Ascii.EqualsIgnoreCase(action, "R"u8))
            || !Commands.InternetTime.TryParse(semicolon < 0 ? value : value[..semicolon], out var time))
        {
            return ProtocolReplies.ParameterSyntax;
        }

        command.ValidSince = new RecipientValidSince(time, !isContinue);
        return SmtpReply.Continue;
    }
}
