using System.Buffers;
using System.Text;
using Smtpd.Addresses;
using Smtpd.Replies;

namespace Smtpd.Commands;

/// <summary>MAIL (RFC 5321 §4.1.1.2) with the parameters of the extensions.</summary>
/// <param name="Sender">The reverse-path; null is the sender of notifications (§4.5.5).</param>
internal sealed record MailCommand(MailAddress Sender) : SmtpCommand
{
    // RFC 3461 §4.4: the parameter, still in xtext, has at most 100 characters.
    private const int LongestEnvelopeId = 100;

    // RFC 4954 §5: the parameter adds at most 500 octets to the line.
    private const int LongestSubmitter = 500;

    // RFC 3865 §4: the keywords have at most 1000 characters.
    private const int LongestSolicitation = 1000;

    // solicitation-keywords of RFC 3865 §4, commas included.
    private static readonly SearchValues<byte> SolicitationCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:,"u8);

    internal static readonly EsmtpParameter<MailCommand>[] Parameters =
    [
        new("SIZE", SmtpExtensions.Size, ParseSize),
        new("BODY", SmtpExtensions.EightBitMime, ParseBody),
        new("SMTPUTF8", SmtpExtensions.SmtpUtf8, ParseSmtpUtf8),
        new("RET", SmtpExtensions.DeliveryStatusNotification, ParseReturn),
        new("ENVID", SmtpExtensions.DeliveryStatusNotification, ParseEnvelopeId),
        new("AUTH", SmtpExtensions.Authentication, ParseSubmitter),
        new("PRDR", SmtpExtensions.PerRecipientReplies, ParsePerRecipientReplies),
        new("REQUIRETLS", SmtpExtensions.RequireTls, ParseRequireTls),
        new("BY", SmtpExtensions.DeliverBy, Smtpd.DeliverBy.Parse),
        new("MT-PRIORITY", SmtpExtensions.Priority, ParsePriority),
        new("HOLDFOR", SmtpExtensions.FutureRelease, Smtpd.FutureRelease.ParseInterval),
        new("HOLDUNTIL", SmtpExtensions.FutureRelease, Smtpd.FutureRelease.ParseUntil),
        new("SOLICIT", SmtpExtensions.NoSoliciting, ParseSolicitation),
    ];

    // RFC 3030 §3: binary content can only come in chunks.
    internal static readonly BodyTypeValue[] BodyTypes =
    [
        new("7BIT", SmtpExtensions.EightBitMime, BodyType.SevenBit),
        new("8BITMIME", SmtpExtensions.EightBitMime, BodyType.EightBitMime),
        new("BINARYMIME", SmtpExtensions.BinaryMime | SmtpExtensions.Chunking, BodyType.BinaryMime),
    ];

    public long? Size { get; private set; }

    public BodyType BodyType { get; private set; }

    public bool SmtpUtf8 { get; private set; }

    public DsnReturn? Return { get; private set; }

    public string? EnvelopeId { get; private set; }

    public string? Submitter { get; private set; }

    public bool PerRecipientReplies { get; private set; }

    public bool RequireTls { get; private set; }

    public DeliverBy? DeliverBy { get; set; }

    public int? Priority { get; private set; }

    public FutureRelease? FutureRelease { get; set; }

    public string? Solicitation { get; private set; }

    public static ParseResult Parse(ReadOnlySpan<byte> arguments, CommandSyntax syntax)
    {
        if (!CommandPath.TryReadKeyword(ref arguments, "FROM:"u8))
            return ProtocolReplies.MailSyntax;
        if (!PathGrammar.TryReadPath(arguments, nullAllowed: true, syntax.Leniency, out var sender, out var used))
            return ProtocolReplies.BadSenderAddress;
        if (!CommandPath.TryReadParameters(arguments[used..], out var parameters))
            return ProtocolReplies.BadSenderAddress;

        var command = new MailCommand(sender);
        var refusal = EsmtpParameters.Parse(command, parameters, Parameters, syntax);
        if (!refusal.IsContinue)
            return refusal;
        return sender.IsUtf8 && !command.SmtpUtf8 ? ProtocolReplies.Utf8Needed : command;
    }

    private static SmtpReply ParseSize(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (!EsmtpParameters.TryParseSize(value, out var size))
            return ProtocolReplies.ParameterSyntax;
        command.Size = size;
        return SmtpReply.Continue;
    }

    private static SmtpReply ParseBody(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        foreach (var known in BodyTypes)
        {
            if (Ascii.EqualsIgnoreCase(value, known.Keyword) && syntax.Offers(known.Extension))
            {
                command.BodyType = known.Type;
                return SmtpReply.Continue;
            }
        }

        return ProtocolReplies.ParameterSyntax;
    }

    private static SmtpReply ParseSmtpUtf8(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        // RFC 6531 §3.4: the parameter takes no value.
        if (!value.IsEmpty)
            return ProtocolReplies.ParameterSyntax;
        command.SmtpUtf8 = true;
        return SmtpReply.Continue;
    }

    private static SmtpReply ParseReturn(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (Ascii.EqualsIgnoreCase(value, "FULL"u8))
            command.Return = DsnReturn.Full;
        else if (Ascii.EqualsIgnoreCase(value, "HDRS"u8))
            command.Return = DsnReturn.Headers;
        else
            return ProtocolReplies.ParameterSyntax;
        return SmtpReply.Continue;
    }

    private static SmtpReply ParseEnvelopeId(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (value.Length is 0 or > LongestEnvelopeId || !Xtext.TryDecode(value, out var id) || !Ascii.IsValid(id))
            return ProtocolReplies.ParameterSyntax;
        command.EnvelopeId = id;
        return SmtpReply.Continue;
    }

    // RFC 4954 §5: xtext of a mailbox, or <>.
    private static SmtpReply ParseSubmitter(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (value.Length is 0 or > LongestSubmitter || !Xtext.TryDecode(value, out var submitter))
            return ProtocolReplies.ParameterSyntax;
        if (submitter is not "<>" && !MailAddress.TryParse(submitter, out _))
            return ProtocolReplies.ParameterSyntax;
        command.Submitter = submitter is "<>" ? string.Empty : submitter;
        return SmtpReply.Continue;
    }

    private static SmtpReply ParsePerRecipientReplies(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        command.PerRecipientReplies = value.IsEmpty;
        return value.IsEmpty ? SmtpReply.Continue : ProtocolReplies.ParameterSyntax;
    }

    // RFC 8689 §2: the parameter takes no value.
    private static SmtpReply ParseRequireTls(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        command.RequireTls = value.IsEmpty;
        return value.IsEmpty ? SmtpReply.Continue : ProtocolReplies.ParameterSyntax;
    }

    // RFC 6710 §5: -9 to 9, one digit, and zero without a sign.
    private static SmtpReply ParsePriority(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        var isNegative = value is [(byte)'-', ..];
        var digit = isNegative ? value[1..] : value;
        if (digit is not [>= (byte)'0' and <= (byte)'9'] || (isNegative && digit is [(byte)'0']))
            return ProtocolReplies.ParameterSyntax;
        command.Priority = isNegative ? '0' - digit[0] : digit[0] - '0';
        return SmtpReply.Continue;
    }

    private static SmtpReply ParseSolicitation(MailCommand command, ReadOnlySpan<byte> value, CommandSyntax syntax)
    {
        if (value.Length is 0 or > LongestSolicitation || value.IndexOfAnyExcept(SolicitationCharacters) >= 0)
            return ProtocolReplies.ParameterSyntax;
        foreach (var word in value.Split((byte)','))
        {
            if (value[word] is not [var first, ..] || !char.IsAsciiLetter((char)first))
                return ProtocolReplies.ParameterSyntax;
        }

        command.Solicitation = Encoding.ASCII.GetString(value);
        return SmtpReply.Continue;
    }

    internal sealed record BodyTypeValue(string Keyword, SmtpExtensions Extension, BodyType Type);
}
