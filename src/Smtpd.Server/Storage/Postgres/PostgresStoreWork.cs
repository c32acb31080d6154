using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>A message that waits for the writer. Its content's memory is lent until the answer.</summary>
internal sealed class PostgresStoreWork(NewMessage message, SpooledContent content, byte[] sha256)
{
    // What a message costs besides its octets: rows, index entries.
    private const long Overhead = 1024;

    // Continuations run elsewhere: the writer has the next batch to write.
    private readonly TaskCompletionSource<StoreResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] uids = new long[message.Deliveries.Count];

    public NewMessage Message => message;

    public SpooledContent Content => content;

    public byte[] Sha256 => sha256;

    public long Bytes { get; } = Overhead + (content.IsInFile ? 0 : content.Length);

    /// <summary>Given by the transaction, one per delivery.</summary>
    public Span<long> Uids => uids;

    public Task<StoreResult> Completion => completion.Task;

    public void Refuse(StoreOutcome outcome) => completion.TrySetResult(StoreResult.Refused(outcome));

    /// <summary>It is on stable storage.</summary>
    public void Answer(IReadOnlyList<Message> stored) => completion.TrySetResult(new(StoreOutcome.Stored, stored));

    /// <summary>The message as it now is in each mailbox.</summary>
    public Message[] Stored()
    {
        var stored = new Message[uids.Length];
        for (var i = 0; i < stored.Length; i++)
        {
            var delivery = message.Deliveries[i];
            stored[i] = new(delivery.MailboxId, uids[i], message.Id, message.ReceivedAt, content.Length, sha256,
                message.Envelope, delivery.Recipients, message.Summary, MessageFlags.None);
        }

        return stored;
    }
}
