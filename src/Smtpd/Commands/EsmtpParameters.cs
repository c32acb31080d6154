using System.Globalization;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>Sets what a parameter says on the command, or refuses it. A parameter without <c>=</c> has an empty value.</summary>
internal delegate SmtpReply ParameterParser<in TCommand>(TCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax);

/// <summary>A parameter of MAIL or RCPT, and the extension that brings it.</summary>
internal sealed record EsmtpParameter<TCommand>(string Keyword, SmtpExtensions Extension, ParameterParser<TCommand> Parse);

/// <summary>Reads the parameters behind an address (esmtp-param, RFC 5321 §4.1.2).</summary>
internal static class EsmtpParameters
{
    public static SmtpReply Parse<TCommand>(
        TCommand command, ReadOnlySpan<byte> text, ReadOnlySpan<EsmtpParameter<TCommand>> known, CommandSyntax syntax)
    {
        var seen = 0;
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty)
                continue;
            var equals = parameter.IndexOf((byte)'=');
            var keyword = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? default : parameter[(equals + 1)..];
            if (!IsKeyword(keyword) || (equals >= 0 && !IsValue(value)))
                return ProtocolReplies.ParameterSyntax;

            var index = Find(keyword, known, syntax);
            if (index < 0)
                return ProtocolReplies.ParameterUnknown;
            if ((seen & (1 << index)) != 0)
                return ProtocolReplies.ParameterSyntax;
            seen |= 1 << index;
            var refusal = known[index].Parse(command, value, syntax);
            if (!refusal.IsContinue)
                return refusal;
        }

        return SmtpReply.Continue;
    }

    /// <summary>1*20DIGIT as RFC 1870 §3 has it; a number too large for <see cref="long"/> is <see cref="long.MaxValue"/>.</summary>
    public static bool TryParseSize(ReadOnlySpan<byte> digits, out long size)
    {
        size = long.MaxValue;
        if (digits.Length is 0 or > 20 || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
            return false;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out size))
            size = long.MaxValue;
        return true;
    }

    private static int Find<TCommand>(ReadOnlySpan<byte> keyword, ReadOnlySpan<EsmtpParameter<TCommand>> known, CommandSyntax syntax)
    {
        for (var i = 0; i < known.Length; i++)
        {
            if (syntax.Offers(known[i].Extension) && System.Text.Ascii.EqualsIgnoreCase(keyword, known[i].Keyword))
                return i;
        }

        return -1;
    }

    private static bool IsKeyword(ReadOnlySpan<byte> keyword)
    {
        if (keyword.IsEmpty || keyword[0] == '-')
            return false;
        foreach (var octet in keyword)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '-')
                return false;
        }

        return true;
    }

    /// <summary>esmtp-value: printable, no blank, no second "="; octets above 127 are UTF-8's and are looked at where they are decoded.</summary>
    private static bool IsValue(ReadOnlySpan<byte> value)
    {
        foreach (var octet in value)
        {
            if (octet is <= 32 or 127 or (byte)'=')
                return false;
        }

        return !value.IsEmpty;
    }
}
