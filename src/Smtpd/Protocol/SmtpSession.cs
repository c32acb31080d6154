using System.Buffers;
using System.Text;
using Smtpd.Commands;
using Smtpd.Replies;
using Smtpd.Text;

namespace Smtpd.Protocol;

/// <summary>The server's side of one SMTP dialogue: takes octets, writes replies, says what to do next. No socket, no task, no clock.</summary>
/// <remarks>
/// Call <see cref="Greet"/>, then <see cref="Advance"/> until it wants input; how the input is cut never matters. After
/// <see cref="SmtpStep.Decide"/> and <see cref="SmtpStep.ContentEnd"/> call <see cref="Answer"/> before going on.
/// </remarks>
internal sealed partial class SmtpSession
{
    private readonly SessionSettings settings;
    private readonly LineReader lines;

    private ServiceOffer offer;
    private CommandSyntax syntax;
    private Mode mode;
    private int errors;
    private int messages;
    private int failedAuthentications;

    // The transaction, as far as the protocol itself must know it.
    private BodyType bodyType;
    private bool smtpUtf8;
    private bool perRecipientReplies;
    private int recipients;
    private bool hasRefusedRecipients;

    public SmtpSession(SessionSettings settings, ServiceOffer offer)
    {
        this.settings = settings;
        this.offer = offer;
        syntax = new CommandSyntax(offer.Extensions, settings.Leniency);
        lines = new LineReader(settings.Limits.CommandLineOctets, settings.Leniency.HasFlag(SmtpLeniency.BareLineFeed));
    }

    private enum Mode
    {
        Commands,

        /// <summary>Within AUTH: the next line is the client's response (RFC 4954 §4).</summary>
        Sasl,

        /// <summary>STARTTLS was answered: nothing that came in clear is looked at any more.</summary>
        Tls,
        Data,
        Chunk,

        /// <summary>The content is over and waits for its answer.</summary>
        ContentAnswer,
        Closed,
    }

    public Phase Phase { get; private set; } = Phase.Start;

    /// <summary>What the next reply answers, for those who count: the verb, or a word in lower case where there is none.</summary>
    public string Stage { get; private set; } = "connect";

    /// <summary>What to decide on.</summary>
    public SmtpCommand? Command { get; private set; }

    /// <summary>The next piece of the message.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>What is wrong with the content.</summary>
    public ContentFault Fault { get; private set; }

    /// <summary>Command lines that have come to their end, refused ones too.</summary>
    public int LinesTaken { get; private set; }

    /// <summary>Whether the client has said QUIT.</summary>
    public bool HasQuit { get; private set; }

    /// <summary>Whether the client began a TLS handshake where commands are spoken in clear.</summary>
    public bool HasTlsOnPlain { get; private set; }

    /// <summary>Whether TLS runs.</summary>
    public bool IsSecure { get; private set; }

    /// <summary>Whether nearly everything is refused until TLS runs (RFC 3207 §4). A refused connection does not even get that far.</summary>
    private bool AwaitsTls => offer.RequiresTls && !IsSecure && Phase != Phase.Refused;

    /// <summary>Whether AUTH has succeeded, or a trusted proxy has said who the client is.</summary>
    public bool IsAuthenticated { get; private set; }

    /// <summary>Whether a line held a password or the like, so that buffers which it went through want wiping.</summary>
    public bool HasSeenSecrets { get; private set; }

    /// <summary>Refused commands since the last accepted message.</summary>
    public int Errors => errors;

    /// <summary>Where the dialogue is recorded; null when it is not.</summary>
    public SmtpTranscript? Transcript { get; init; }

    /// <summary>What is offered from now on.</summary>
    public ServiceOffer Offer
    {
        get => offer;
        set
        {
            if (offer.Extensions != value.Extensions)
                syntax = syntax with { Extensions = value.Extensions };
            offer = value;
        }
    }

    /// <summary>Whether octets of content are awaited, not a command.</summary>
    public bool IsReceivingContent => mode is Mode.Data or Mode.Chunk;

    /// <summary>Whether MAIL was accepted and the transaction is not over.</summary>
    public bool HasTransaction => Phase is not (Phase.Start or Phase.Ready or Phase.Refused);

    /// <summary>Writes the greeting, or the refusal of the connection.</summary>
    public void Greet(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsContinue || (reply.IsPositive && reply.Code != 220))
            reply = ProtocolReplies.Greeting(settings.ServerName, settings.Welcome);
        else if (!reply.IsPositive)
            // RFC 5321 §3.1: the server waits for QUIT all the same, unless the reply says that it closes.
            Phase = Phase.Refused;
        Write(reply, output);
    }

    /// <summary>The handshake has succeeded: nothing that was said in clear is remembered (RFC 3207 §4.2). With implicit TLS called before <see cref="Greet"/>.</summary>
    public void TlsEstablished(ServiceOffer secured)
    {
        Restart();
        IsSecure = true;
        Transcript?.Note($"TLS established");
        Offer = secured;
        lines.Clear();
        mode = Mode.Commands;
    }

    /// <summary>Writes <paramref name="reply"/> unasked, in the place of whatever would come next; the connection closes behind it.</summary>
    public void Close(SmtpReply reply, IBufferWriter<byte> output)
    {
        Stage = "close";
        Write(reply.AndClose(), output);
    }

    /// <summary>Goes on as far as <paramref name="input"/> reaches, or to what must be done first.</summary>
    /// <param name="input">What arrived; advanced behind what was taken.</param>
    /// <param name="output">Where replies are written.</param>
    public SmtpStep Advance(ref ReadOnlyMemory<byte> input, IBufferWriter<byte> output)
    {
        while (true)
        {
            var step = mode switch
            {
                Mode.Commands => AdvanceCommand(ref input, output),
                Mode.Sasl => AdvanceSasl(ref input, output),
                Mode.Tls => DropInput(ref input),
                Mode.Data => AdvanceData(ref input, output),
                Mode.Chunk => AdvanceChunk(ref input, output),
                Mode.Closed => SmtpStep.Close,
                _ => throw new InvalidOperationException("The content has ended: its answer is due."),
            };
            if (step is { } due)
                return due;
        }
    }

    /// <summary>Gives the handler's word on what was asked by <see cref="SmtpStep.Decide"/>.</summary>
    public void Answer(SmtpReply reply, IBufferWriter<byte> output)
    {
        var command = Command ?? throw new InvalidOperationException("Nothing was asked.");
        Command = null;
        switch (command)
        {
            case HelloCommand hello:
                AnswerHello(hello, reply, output);
                break;
            case MailCommand mail:
                AnswerMail(mail, reply, output);
                break;
            case RcptCommand:
                AnswerRecipient(reply, output);
                break;
            case DataCommand:
                AnswerData(reply, output);
                break;
            case BdatCommand bdat:
                AnswerChunk(bdat, reply, output);
                break;
            case RsetCommand:
                EndTransaction();
                WriteAnswer(reply, SmtpReply.Ok, output);
                break;
            case AuthCommand or SaslResponseCommand:
                AnswerAuthentication(reply, output);
                break;
            case XClientCommand client:
                AnswerXClient(client, reply, output);
                break;
            case XForwardCommand:
                WriteAnswer(reply, SmtpReply.Ok, output);
                break;
            case VrfyCommand:
                WriteAnswer(reply, ProtocolReplies.CannotVerify, output);
                break;
            default:
                WriteAnswer(reply, ProtocolReplies.CommandUnknown, output);
                break;
        }
    }

    // -- Commands ------------------------------------------------------------------------------------------------------

    private SmtpStep? AdvanceCommand(ref ReadOnlyMemory<byte> input, IBufferWriter<byte> output)
    {
        if (LinesTaken == 0 && !IsSecure && lines.BeginsWithTls(input.Span))
        {
            // No reply would be understood.
            HasTlsOnPlain = true;
            mode = Mode.Closed;
            return SmtpStep.Close;
        }

        if (!lines.TryRead(ref input, out var line, out var fault))
            return SmtpStep.NeedInput;
        LinesTaken++;
        if (fault != LineFault.None)
        {
            Stage = "unknown";
            Transcript?.Client("(a line that is no command)");
            return Refuse(ReplyTo(fault), output);
        }

        return Run(line, isLastOfGroup: input.IsEmpty, output);
    }

    private static SmtpReply ReplyTo(LineFault fault) => fault switch
    {
        LineFault.TooLong => ProtocolReplies.CommandLineTooLong,
        LineFault.AuthenticationTooLong => ProtocolReplies.AuthLineTooLong,
        _ => ProtocolReplies.BareLineBreakInCommand,
    };

    private SmtpStep? Run(ReadOnlySpan<byte> line, bool isLastOfGroup, IBufferWriter<byte> output)
    {
        // RFC 5321 §4.1.1: white space before the CRLF should be forgiven.
        line = line.TrimEnd(" \t"u8);
        var blank = line.IndexOf((byte)' ');
        var name = blank < 0 ? line : line[..blank];
        var arguments = blank < 0 ? default : line[(blank + 1)..].TrimStart((byte)' ');

        var found = VerbTable.Find(name);
        Stage = found?.Name ?? "unknown";
        if (Transcript is { } transcript)
            Record(transcript, found, line, arguments);
        if (found is not { } verb)
            return RunUnknown(name, arguments, output);
        HasSeenSecrets |= verb.Extension == SmtpExtensions.Authentication;
        if (!verb.IsOfferedBy(offer))
            return RunWithheld(verb, name, arguments, output);
        if (verb.EndsGroup && !isLastOfGroup && settings.RejectUnauthorizedPipelining)
            return Write(ProtocolReplies.ImproperPipelining, output);
        var (command, refusal) = verb.Parse(arguments, syntax);
        var isTooEarly = AwaitsTls && !verb.ServedBeforeTls;
        // What stands behind BDAT is never a command: a chunk is read whatever the answer is, and one of unknown length closes the connection.
        if (command is BdatCommand bdat)
            return isTooEarly ? SkipChunk(bdat, ProtocolReplies.TlsFirst, output) : RunChunk(bdat, output);
        if (refusal.ClosesConnection)
            return Refuse(refusal, output);
        if (isTooEarly)
            return Refuse(ProtocolReplies.TlsFirst, output);
        if ((verb.When & Phase) == Phase.None)
            return Refuse(OutOfSequence(verb), output);
        return command is null ? Refuse(refusal, output) : Run(command, output);
    }

    private SmtpStep? Run(SmtpCommand command, IBufferWriter<byte> output)
    {
        switch (command)
        {
            case NoopCommand:
                return Write(SmtpReply.Ok, output);
            case HelpCommand:
                return Write(ProtocolReplies.Help(string.Join(' ', VerbTable.Verbs.Where(v => v.IsOfferedBy(offer)).Select(v => v.Name))), output);
            case QuitCommand:
                HasQuit = true;
                return Write(ProtocolReplies.Goodbye(settings.ServerName), output);
            case StartTlsCommand:
                Write(ProtocolReplies.ReadyForTls, output);
                mode = Mode.Tls;
                return SmtpStep.StartTls;
            case AuthCommand when IsAuthenticated:
                return Refuse(ProtocolReplies.AuthAlready, output);
            case MailCommand when offer.RequiresAuthentication && !IsAuthenticated:
                return Refuse(SmtpReply.AuthenticationRequired, output);
            case MailCommand when messages >= settings.Limits.MessagesPerConnection:
                return Write(ProtocolReplies.TooManyMessagesHere(settings.ServerName), output);
            case MailCommand mail when mail.Size > settings.Limits.MessageOctets:
                return Refuse(ProtocolReplies.MessageTooLarge, output);
            // No error of the client's: it may have pipelined them all (RFC 5321 §4.5.3.1.10; Postfix has an overshoot limit for it).
            case RcptCommand when recipients >= settings.Limits.Recipients:
                return Write(ProtocolReplies.TooManyRecipients, output);
            case RcptCommand rcpt when rcpt.Recipient.IsUtf8 && !smtpUtf8:
                return Refuse(ProtocolReplies.Utf8Needed, output);
            // RFC 3030 §3: binary content cannot come by DATA.
            case DataCommand when bodyType == BodyType.BinaryMime:
                return Refuse(ProtocolReplies.BinaryNeedsBdat, output);
            default:
                Command = command;
                return SmtpStep.Decide;
        }
    }

    /// <summary>A verb that is not offered now is unknown, but for those whose time was or will be.</summary>
    private SmtpStep? RunWithheld(Verb verb, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments, IBufferWriter<byte> output)
    {
        if (Phase == Phase.Refused)
            return Refuse(ProtocolReplies.OnlyQuit, output);
        if (verb.Extension == SmtpExtensions.StartTls && IsSecure)
            return Refuse(ProtocolReplies.TlsAlready, output);
        if (verb.Extension == SmtpExtensions.Authentication && offer.OffersAuthenticationUnderTls)
            return Refuse(offer.RequiresTls ? ProtocolReplies.TlsFirst : ProtocolReplies.AuthNeedsTls, output);
        return RunUnknown(name, arguments, output);
    }

    private SmtpStep? RunUnknown(ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments, IBufferWriter<byte> output)
    {
        if (VerbTable.IsHttp(name))
            return Write(ProtocolReplies.NotHttp(settings.ServerName), output);
        if (Phase == Phase.Refused)
            return Refuse(ProtocolReplies.OnlyQuit, output);
        if (AwaitsTls)
            return Refuse(ProtocolReplies.TlsFirst, output);
        if (name.IsEmpty || !Ascii.IsValid(name) || !StrictUtf8.TryDecode(arguments, out var text) || !PrintableText.IsPrintable(text))
            return Refuse(ProtocolReplies.CommandUnknown, output);
        Command = new UnknownCommand(Encoding.ASCII.GetString(name), text);
        return SmtpStep.Decide;
    }

    /// <summary>Records a command without what nobody may read. Behind AUTH, a line that is no command may be an answer to a challenge that was never sent.</summary>
    private void Record(SmtpTranscript transcript, Verb? verb, ReadOnlySpan<byte> line, ReadOnlySpan<byte> arguments)
    {
        if (verb is null && (HasSeenSecrets || line.Length >= 4 && Ascii.EqualsIgnoreCase(line[..4], "AUTH"u8)))
        {
            HasSeenSecrets = true;
            transcript.Client("(not shown)");
        }
        else if (verb is { Extension: SmtpExtensions.Authentication })
        {
            var blank = arguments.IndexOf((byte)' ');
            var mechanism = Encoding.ASCII.GetString(blank < 0 ? arguments : arguments[..blank]).ToUpperInvariant();
            var isKnown = offer.Mechanisms.Contains(mechanism, StringComparer.OrdinalIgnoreCase);
            transcript.Client(!isKnown ? "AUTH (not shown)" : blank < 0 ? "AUTH " + mechanism : $"AUTH {mechanism} (not shown)");
        }
        else
        {
            transcript.Client(line);
        }
    }

    private SmtpReply OutOfSequence(Verb verb) => Phase switch
    {
        Phase.Refused => ProtocolReplies.OnlyQuit,
        Phase.Start => ProtocolReplies.HelloFirst,
        Phase.HasChunks => ProtocolReplies.ChunkingBegun,
        Phase.Ready => ProtocolReplies.NeedMail,
        _ when verb.Parse == MailCommand.Parse => ProtocolReplies.NestedMail,
        _ when verb.When.HasFlag(Phase.Ready) => ProtocolReplies.NotInTransaction,
        // RFC 2033 §4.2 gives 503 even where recipients were refused; RFC 5321 §3.3 prefers 554 there.
        _ when offer.IsLmtp => ProtocolReplies.NeedRecipient,
        _ => hasRefusedRecipients ? ProtocolReplies.NoValidRecipients : ProtocolReplies.NeedRecipient,
    };

    private void AnswerHello(HelloCommand hello, SmtpReply reply, IBufferWriter<byte> output)
    {
        if (!reply.IsCompletion)
        {
            // RFC 5321 §4.1.4: a refused hello leaves everything as it was. RFC 2034 §4: no answer to it carries a status.
            WriteAnswer(reply.WithoutStatus(), default, output);
            return;
        }

        EndTransaction();
        Phase = Phase.Ready;
        // The list of extensions is a fact of this server, not a text for the handler to choose.
        if (hello.IsExtended)
            Write(offer.Hello(settings), output);
        else
            WriteAnswer(SmtpReply.Continue, ProtocolReplies.Hello(settings.ServerName), output);
    }

    private void AnswerMail(MailCommand mail, SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsCompletion)
        {
            Phase = Phase.HasSender;
            bodyType = mail.BodyType;
            smtpUtf8 = mail.SmtpUtf8;
            perRecipientReplies = offer.IsLmtp || mail.PerRecipientReplies;
        }

        WriteAnswer(reply, ProtocolReplies.MailOk, output);
    }

    private void AnswerRecipient(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsCompletion)
        {
            Phase = Phase.HasRecipients;
            recipients++;
        }
        else
        {
            hasRefusedRecipients = true;
        }

        WriteAnswer(reply, ProtocolReplies.RecipientOk, output);
    }

    /// <summary>Everything is as behind the greeting; only limits go on counting.</summary>
    private void Restart()
    {
        EndTransaction();
        Phase = Phase.Start;
        IsAuthenticated = false;
    }

    private static SmtpStep DropInput(ref ReadOnlyMemory<byte> input)
    {
        input = default;
        return SmtpStep.StartTls;
    }

    // -- Transactions and replies --------------------------------------------------------------------------------------

    private void EndTransaction()
    {
        if (HasTransaction)
            Phase = Phase.Ready;
        bodyType = BodyType.SevenBit;
        smtpUtf8 = false;
        perRecipientReplies = false;
        recipients = 0;
        hasRefusedRecipients = false;
        Fault = ContentFault.None;
    }

    private void WriteAnswer(SmtpReply reply, SmtpReply standard, IBufferWriter<byte> output)
    {
        reply = Standard(reply, standard);
        if (reply.IsPositive)
            Write(reply, output);
        else
            Refuse(reply, output);
    }

    // A 3xx would make the client send content that nobody waits for.
    private static SmtpReply Standard(SmtpReply reply, SmtpReply standard) =>
        reply.IsContinue ? standard : reply.Code / 100 == 3 ? SmtpReply.LocalError : reply;

    private SmtpStep? Refuse(SmtpReply reply, IBufferWriter<byte> output)
    {
        errors++;
        return Write(errors >= settings.Limits.Errors ? ProtocolReplies.TooManyErrors(settings.ServerName) : reply, output);
    }

    private SmtpStep? Write(SmtpReply reply, IBufferWriter<byte> output)
    {
        Transcript?.Server(reply);
        if (!reply.IsPositive)
            settings.Refused?.Invoke(Stage, reply.Code);
        reply.WriteTo(output, smtpUtf8);
        if (!reply.ClosesConnection)
            return null;
        mode = Mode.Closed;
        return SmtpStep.Close;
    }
}
