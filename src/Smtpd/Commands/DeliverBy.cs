using System.Globalization;
using System.Text;
using Smtpd.Replies;

namespace Smtpd;

/// <summary>By when a message is to be delivered, and what to do when it is not: <c>BY=</c> (RFC 2852 §4).</summary>
/// <param name="Time">From MAIL on; zero or negative when the time has passed already, which only <see cref="DeliverByMode.Notify"/> allows.</param>
/// <param name="Mode">What to do then.</param>
/// <param name="Trace">Whether the sender wants to hear when the message goes on to a server that does not know DELIVERBY.</param>
public readonly record struct DeliverBy(TimeSpan Time, DeliverByMode Mode, bool Trace)
{
    internal static SmtpReply Parse(Commands.MailCommand command, ReadOnlySpan<byte> value, Commands.CommandSyntax syntax)
    {
        var semicolon = value.IndexOf((byte)';');
        if (semicolon < 0)
            return ProtocolReplies.ParameterSyntax;
        var digits = value[..semicolon];
        var isSigned = digits is [(byte)'-' or (byte)'+', ..];
        var isNegative = digits is [(byte)'-', ..];
        digits = isSigned ? digits[1..] : digits;
        // by-time = ["-" / "+"] 1*9DIGIT
        if (digits.Length is 0 or > 9 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return ProtocolReplies.ParameterSyntax;
        if (!TryParseMode(value[(semicolon + 1)..], out var mode, out var trace))
            return ProtocolReplies.ParameterSyntax;
        // §4: a message to be returned by a time that has passed is no message to accept.
        if (mode == DeliverByMode.Return && (isNegative || seconds == 0))
            return ProtocolReplies.ParameterSyntax;
        command.DeliverBy = new DeliverBy(TimeSpan.FromSeconds(isNegative ? -seconds : seconds), mode, trace);
        return SmtpReply.Continue;
    }

    private static bool TryParseMode(ReadOnlySpan<byte> text, out DeliverByMode mode, out bool trace)
    {
        trace = text.Length == 2 && (text[1] | 0x20) == 't';
        mode = text.Length > 0 && (text[0] | 0x20) == 'r' ? DeliverByMode.Return : DeliverByMode.Notify;
        return text.Length is 1 or 2 && (text.Length == 1 || trace) && Ascii.EqualsIgnoreCase(text[..1], mode == DeliverByMode.Return ? "R"u8 : "N"u8);
    }
}

/// <summary>What to do with a message that is not delivered in time.</summary>
public enum DeliverByMode
{
    /// <summary><c>N</c>: tell the sender and go on trying.</summary>
    Notify,

    /// <summary><c>R</c>: return it.</summary>
    Return,
}
