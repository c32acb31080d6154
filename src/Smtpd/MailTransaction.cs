namespace Smtpd;

/// <summary>The envelope of one message, from MAIL to the end of data (RFC 5321 §3.3).</summary>
public sealed class MailTransaction
{
    private readonly List<MailRecipient> recipients = [];

    internal MailTransaction(Commands.MailCommand mail, DateTimeOffset startedAt)
    {
        Sender = mail.Sender;
        Size = mail.Size;
        BodyType = mail.BodyType;
        SmtpUtf8 = mail.SmtpUtf8;
        EnvelopeId = mail.EnvelopeId;
        Return = mail.Return;
        StartedAt = startedAt;
    }

    /// <summary>The reverse-path; <see cref="MailAddress.IsNull"/> for notifications (RFC 5321 §4.5.5).</summary>
    public MailAddress Sender { get; }

    /// <summary>The recipients accepted so far, in their order, repetitions kept.</summary>
    public IReadOnlyList<MailRecipient> Recipients => recipients;

    /// <summary>The octets the client said the message has: <c>SIZE=</c> (RFC 1870); an estimate. Null when it did not say.</summary>
    public long? Size { get; }

    /// <summary>What the client said of the content: <c>BODY=</c> (RFC 6152, RFC 3030).</summary>
    public BodyType BodyType { get; }

    /// <summary>Whether the message is an internationalised one: <c>SMTPUTF8</c> (RFC 6531 §3.4).</summary>
    public bool SmtpUtf8 { get; }

    /// <summary>The sender's own name for this envelope: <c>ENVID=</c>, decoded (RFC 3461 §4.4); null when not given.</summary>
    public string? EnvelopeId { get; }

    /// <summary>How much of the message a failure report shall return: <c>RET=</c> (RFC 3461 §4.3); null when not given.</summary>
    public DsnReturn? Return { get; }

    /// <summary>Whether each recipient can be answered on its own: LMTP, or PRDR was asked for. Otherwise one reply speaks for all.</summary>
    public bool AnswersEachRecipient { get; internal init; }

    /// <summary>When MAIL came.</summary>
    public DateTimeOffset StartedAt { get; }

    internal void Add(MailRecipient recipient) => recipients.Add(recipient);
}

/// <summary>A recipient of a message (RFC 5321 §4.1.1.3).</summary>
public sealed class MailRecipient
{
    internal MailRecipient(Commands.RcptCommand rcpt)
    {
        Address = rcpt.Recipient;
        Notify = rcpt.Notify;
        OriginalRecipient = rcpt.OriginalRecipient;
    }

    /// <summary>The forward-path.</summary>
    public MailAddress Address { get; }

    /// <summary>When the sender wants a report: <c>NOTIFY=</c> (RFC 3461 §4.1); <see cref="DsnNotify.None"/> when not given.</summary>
    public DsnNotify Notify { get; }

    /// <summary>The recipient as the sender first wrote it: <c>ORCPT=</c> (RFC 3461 §4.2); null when not given.</summary>
    public OriginalRecipient? OriginalRecipient { get; }

    /// <summary>The address.</summary>
    public override string ToString() => Address.Email;
}
