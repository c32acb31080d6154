using Smtpd.Replies;
using Smtpd.Text;

namespace Smtpd.Commands;

/// <summary>VRFY (RFC 5321 §4.1.1.6).</summary>
internal sealed record VrfyCommand(string Argument) : SmtpCommand
{
    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax) =>
        arguments.IsEmpty || !StrictUtf8.TryDecode(arguments, out var text) || !PrintableText.IsPrintable(text)
            ? ProtocolReplies.VrfySyntax
            : new VrfyCommand(text);
}
