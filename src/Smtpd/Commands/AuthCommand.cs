using System.Buffers;
using System.Text;
using Smtpd.Replies;
using Smtpd.Text;

namespace Smtpd.Commands;

/// <summary>AUTH (RFC 4954 §4).</summary>
/// <param name="Mechanism">The SASL mechanism, upper-case.</param>
/// <param name="InitialResponse">Decoded; null when there was none, empty for <c>=</c>.</param>
internal sealed record AuthCommand(string Mechanism, ReadOnlyMemory<byte>? InitialResponse) : SmtpCommand
{
    // RFC 4422 §3.1.
    private const int LongestMechanism = 20;

    private static readonly SearchValues<byte> MechanismCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        var blank = arguments.IndexOf((byte)' ');
        var mechanism = blank < 0 ? arguments : arguments[..blank];
        if (mechanism.Length is 0 or > LongestMechanism || mechanism.IndexOfAnyExcept(MechanismCharacters) >= 0)
            return ProtocolReplies.AuthSyntax;
        var name = Encoding.ASCII.GetString(mechanism).ToUpperInvariant();
        if (blank < 0)
            return new AuthCommand(name, null);

        var initial = arguments[(blank + 1)..].TrimStart((byte)' ');
        // An initial response of no octets is written "=", because nothing at all means that there is none.
        if (initial.SequenceEqual("="u8))
            return new AuthCommand(name, ReadOnlyMemory<byte>.Empty);
        return StrictBase64.TryDecode(initial, out var octets) ? new AuthCommand(name, octets) : ProtocolReplies.BadBase64;
    }
}

/// <summary>The client's answer to a challenge of AUTH.</summary>
/// <param name="Response">Decoded.</param>
internal sealed record SaslResponseCommand(ReadOnlyMemory<byte> Response) : SmtpCommand;
