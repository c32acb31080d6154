using System.Text;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>EHLO and HELO (RFC 5321 §4.1.1.1).</summary>
/// <param name="ClientName">A domain or address literal as the client sent it; printable ASCII.</param>
/// <param name="IsExtended">Whether it was EHLO.</param>
internal sealed record HelloCommand(string ClientName, bool IsExtended) : SmtpCommand
{
    private const int LongestName = 255;

    public static ParseResult ParseEhlo(ReadOnlySpan<byte> arguments, CommandSyntax syntax) => Parse(arguments, isExtended: true);

    public static ParseResult ParseHelo(ReadOnlySpan<byte> arguments, CommandSyntax syntax) => Parse(arguments, isExtended: false);

    // §4.1.4 forbids to refuse a name because it does not resolve, and the names clients make up do not follow the domain grammar
    // ("my_laptop", "localhost."). So: one word of printable ASCII. A name in UTF-8 must come as A-labels (RFC 6531 §3.7.1).
    private static ParseResult Parse(ReadOnlySpan<byte> arguments, bool isExtended) =>
        arguments.Length is 0 or > LongestName || arguments.IndexOfAnyExceptInRange((byte)33, (byte)126) >= 0
            ? ProtocolReplies.HelloNeedsDomain
            : new HelloCommand(Encoding.ASCII.GetString(arguments), isExtended);
}
