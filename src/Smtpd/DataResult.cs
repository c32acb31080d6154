namespace Smtpd;

/// <summary>The answer to a message: one reply for all of its recipients, or one for each.</summary>
/// <remarks>
/// A <see cref="SmtpReply"/> is one without further ado. Replies for each are sent as such over LMTP (RFC 2033 §4.2) and to a client that
/// asked for PRDR. Any other client hears one: the common one when they agree, otherwise a 4xx before a 5xx before a 2xx, as it can only
/// repeat or give up the message for all of them; see <see cref="MailTransaction.AnswersEachRecipient"/>.
/// </remarks>
public readonly struct DataResult : IEquatable<DataResult>
{
    private readonly Func<MailRecipient, SmtpReply>? perRecipient;
    private readonly SmtpReply reply;

    private DataResult(SmtpReply reply, Func<MailRecipient, SmtpReply>? perRecipient)
    {
        this.reply = reply;
        this.perRecipient = perRecipient;
    }

    /// <summary>One reply for all.</summary>
    public static implicit operator DataResult(SmtpReply reply) => FromSmtpReply(reply);

    /// <summary>Compares the replies; two results with a reply for each are equal when they were made of the same delegate.</summary>
    public static bool operator ==(DataResult left, DataResult right) => left.Equals(right);

    /// <summary>Compares as == does.</summary>
    public static bool operator !=(DataResult left, DataResult right) => !left.Equals(right);

    /// <summary>One reply for all.</summary>
    public static DataResult FromSmtpReply(SmtpReply reply) => new(reply, null);

    /// <summary>A reply for each accepted recipient, in their order. Asked once each, when the handler has returned.</summary>
    public static DataResult PerRecipient(Func<MailRecipient, SmtpReply> reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return new DataResult(default, reply);
    }

    /// <summary>The reply for one recipient.</summary>
    public SmtpReply For(MailRecipient recipient) => perRecipient is null ? reply : perRecipient(recipient);

    /// <summary>The one reply, when there is one for all.</summary>
    internal SmtpReply? Single => perRecipient is null ? reply : null;

    /// <inheritdoc/>
    public bool Equals(DataResult other) => reply == other.reply && perRecipient == other.perRecipient;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DataResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(reply, perRecipient);
}
