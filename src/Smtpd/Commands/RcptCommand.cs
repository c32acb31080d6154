using System.Buffers;
using System.Text;
using Smtpd.Addresses;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>RCPT (RFC 5321 §4.1.1.3) with the parameters of DSN and RRVS.</summary>
internal sealed record RcptCommand(MailAddress Recipient) : SmtpCommand
{
    // RFC 3461 §4.2: the parameter's value has at most 500 characters.
    private const int LongestOriginalRecipient = 500;

    // specials of RFC 5322 §3.2.3, which an atom is free of.
    private static readonly SearchValues<byte> Specials = SearchValues.Create("()<>[]:;@\\,.\""u8);

    internal static readonly EsmtpParameter<RcptCommand>[] Parameters =
    [
        new("NOTIFY", SmtpExtensions.DeliveryStatusNotification, ParseNotify),
        new("ORCPT", SmtpExtensions.DeliveryStatusNotification, ParseOriginalRecipient),
        new("RRVS", SmtpExtensions.RecipientValidSince, RecipientValidSince.Parse),
    ];

    public DsnNotify Notify { get; private set; }

    public OriginalRecipient? OriginalRecipient { get; private set; }

    public RecipientValidSince? ValidSince { get; set; }

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        if (!CommandPath.TryReadKeyword(ref arguments, "TO:"u8))
            return ProtocolReplies.RcptSyntax;
        if (!PathGrammar.TryReadPath(arguments, nullAllowed: false, syntax.Leniency, out var recipient, out var used)
            || !CommandPath.TryReadParameters(arguments[used..], out var parameters))
        {
            return ProtocolReplies.BadRecipientAddress;
        }

        var command = new RcptCommand(recipient);
        var refusal = EsmtpParameters.Parse(command, parameters, Parameters, syntax);
        return refusal.IsContinue ? command : refusal;
    }

    private static SmtpReply ParseNotify(RcptCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (Ascii.EqualsIgnoreCase(value, "NEVER"u8))
        {
            command.Notify = DsnNotify.Never;
            return SmtpReply.Continue;
        }

        var notify = DsnNotify.None;
        foreach (var range in value.Split((byte)','))
        {
            var word = value[range];
            var flag = Ascii.EqualsIgnoreCase(word, "SUCCESS"u8) ? DsnNotify.Success
                : Ascii.EqualsIgnoreCase(word, "FAILURE"u8) ? DsnNotify.Failure
                : Ascii.EqualsIgnoreCase(word, "DELAY"u8) ? DsnNotify.Delay
                : DsnNotify.None;
            if (flag == DsnNotify.None || notify.HasFlag(flag))
                return ProtocolReplies.ParameterSyntax;
            notify |= flag;
        }

        command.Notify = notify;
        return SmtpReply.Continue;
    }

    private static SmtpReply ParseOriginalRecipient(RcptCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        var semicolon = value.IndexOf((byte)';');
        if (value.Length > LongestOriginalRecipient || semicolon <= 0 || !IsAddressType(value[..semicolon])
            || !Xtext.TryDecode(value[(semicolon + 1)..], out var address) || address.Length == 0)
        {
            return ProtocolReplies.ParameterSyntax;
        }

        var type = Encoding.ASCII.GetString(value[..semicolon]).ToLowerInvariant();
        var isUtf8 = type.Equals("utf-8", StringComparison.Ordinal);
        // RFC 3461 §4.2 keeps every other type in ASCII.
        if (isUtf8 ? !Xtext.TryDecodeEmbedded(address, out address) : !Ascii.IsValid(address))
            return ProtocolReplies.ParameterSyntax;
        command.OriginalRecipient = new OriginalRecipient(type, address);
        return SmtpReply.Continue;
    }

    /// <summary>addr-type is an atom (RFC 3461 §4.2).</summary>
    private static bool IsAddressType(ReadOnlySpan<byte> type) =>
        type.IndexOfAnyExceptInRange((byte)33, (byte)126) < 0 && type.IndexOfAny(Specials) < 0;
}
