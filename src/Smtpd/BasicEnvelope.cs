using Smtpd.Replies;

namespace Smtpd;

/// <summary>An envelope that collects everything in memory; the seed's <c>BasicEnvelope</c>, to use as it is or to derive from.</summary>
public class BasicEnvelope : IEnvelope
{
    private readonly List<MailAddress> recipients = [];
    private readonly List<int> mailboxIds = [];
    private readonly MemoryStream body = new();

    /// <summary>The first mailbox the message goes to; 0 while there is none.</summary>
    public int MailboxId => mailboxIds.Count > 0 ? mailboxIds[0] : 0;

    /// <summary>Every mailbox the message goes to.</summary>
    public IReadOnlyList<int> MailboxIds => mailboxIds;

    /// <summary>The sender.</summary>
    public MailAddress From { get; private set; }

    /// <summary>The recipients.</summary>
    public IReadOnlyList<MailAddress> Recipients => recipients;

    /// <summary>The content so far; good until the envelope is disposed.</summary>
    public ReadOnlyMemory<byte> MailBody => body.GetBuffer().AsMemory(0, (int)body.Length);

    /// <inheritdoc/>
    public virtual ValueTask AddSenderAsync(MailAddress sender, CancellationToken cancellationToken)
    {
        From = sender;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask AddRecipientAsync(MailAddress recipient, CancellationToken cancellationToken)
    {
        recipients.Add(recipient);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask AddMailboxIdAsync(int mailboxId, CancellationToken cancellationToken)
    {
        mailboxIds.Add(mailboxId);
        return ValueTask.CompletedTask;
    }

    /// <summary>Refuses a message without recipients, and one that belongs to no mailbox.</summary>
    /// <exception cref="SmtpReplyException"><c>554 5.5.1</c> with the seed's texts.</exception>
    public virtual ValueTask BeginDataAsync(CancellationToken cancellationToken)
    {
        if (recipients.Count == 0)
            throw new SmtpReplyException(ProtocolReplies.EnvelopeWithoutRecipients);
        if (MailboxId <= 0)
            throw new SmtpReplyException(ProtocolReplies.EnvelopeWithoutMailbox);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        body.Write(content.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask CloseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        body.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
