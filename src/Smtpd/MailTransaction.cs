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
        Submitter = mail.Submitter;
        RequireTls = mail.RequireTls;
        DeliverBy = mail.DeliverBy;
        Priority = mail.Priority;
        Solicitation = mail.Solicitation;
        HoldUntil = mail.FutureRelease is { } release ? release.Until ?? startedAt + release.Interval : null;
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

    /// <summary>Who first submitted the message, by the word of the client: <c>AUTH=</c> (RFC 4954 §5), empty for <c>&lt;&gt;</c>; null when not given. Believe it only from a client you trust.</summary>
    public string? Submitter { get; }

    /// <summary>Whether the message must not travel on without verified TLS: <c>REQUIRETLS</c> (RFC 8689).</summary>
    public bool RequireTls { get; }

    /// <summary>By when it is to be delivered: <c>BY=</c> (RFC 2852); null when not given.</summary>
    public DeliverBy? DeliverBy { get; }

    /// <summary>The priority, from -9 to 9: <c>MT-PRIORITY=</c> (RFC 6710); null when not given, which is 0.</summary>
    public int? Priority { get; }

    /// <summary>When it is to be delivered at the earliest: <c>HOLDFOR=</c> or <c>HOLDUNTIL=</c> (RFC 4865); null when not given.</summary>
    public DateTimeOffset? HoldUntil { get; }

    /// <summary>The classes of solicitation it belongs to, parted by commas: <c>SOLICIT=</c> (RFC 3865 §4); null when not given.</summary>
    public string? Solicitation { get; }

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
        ValidSince = rcpt.ValidSince;
    }

    /// <summary>The forward-path.</summary>
    public MailAddress Address { get; }

    /// <summary>When the sender wants a report: <c>NOTIFY=</c> (RFC 3461 §4.1); <see cref="DsnNotify.None"/> when not given.</summary>
    public DsnNotify Notify { get; }

    /// <summary>The recipient as the sender first wrote it: <c>ORCPT=</c> (RFC 3461 §4.2); null when not given.</summary>
    public OriginalRecipient? OriginalRecipient { get; }

    /// <summary>Since when the mailbox must have the owner it has: <c>RRVS=</c> (RFC 7293); null when not given.</summary>
    public RecipientValidSince? ValidSince { get; }

    /// <summary>The address.</summary>
    public override string ToString() => Address.Email;
}
