namespace Smtpd.Server.Mailboxes;

/// <summary>Keeps mail. What each member promises is tested for every engine by one suite.</summary>
internal interface IMessageStore : IMailboxStore, IMailboxAccess, IMessageQueue, IMessageIndex, IAsyncDisposable
{
    /// <summary>False for the engine that forgets: content need not even be collected.</summary>
    bool KeepsMessages { get; }

    /// <summary>Begins the content of a message. Disposing it without <see cref="StoreAsync"/> leaves nothing behind.</summary>
    /// <param name="id">The id that the message will have.</param>
    /// <param name="declaredSize">What the client announced, only a hint.</param>
    IMessageContent CreateContent(MessageId id, long? declaredSize);

    /// <summary>What happens to mail and mailboxes, told after the commit.</summary>
    MailFeed Feed { get; }

    /// <summary>An id for a new message, greater than all before.</summary>
    MessageId NextId();

    /// <summary>Stores a message whole or not at all. When this returns <see cref="StoreOutcome.Stored"/>, it is on stable storage.</summary>
    ValueTask<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken);

    /// <summary>What stands against taking another message of this size now, before it is sent: <c>null</c> when nothing does.</summary>
    StoreOutcome? Refusal(long? declaredSize);

    /// <summary>Whether the engine can write: throws <see cref="StoreUnavailableException"/> with the reason when it cannot.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken);

    Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken);

    /// <returns>The octets as received, to be disposed by the caller, or <c>null</c> when there is no such message.</returns>
    Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken);

    /// <returns>The SMTP dialogue that brought the message, or <c>null</c>.</returns>
    Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken);

    /// <summary>Changes flags and tags of those of the messages that exist, at most 1000 at once.</summary>
    /// <returns>How many there were.</returns>
    Task<int> ChangeAsync(int mailboxId, IReadOnlyCollection<long> uids, MessageChange change, CancellationToken cancellationToken);

    /// <summary>Tags in use in a mailbox with the number of messages, by tag.</summary>
    Task<IReadOnlyList<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken);

    /// <summary>Deletes those of the messages that exist, at most 1000 at once.</summary>
    /// <returns>How many there were.</returns>
    Task<int> DeleteAsync(int mailboxId, IReadOnlyCollection<long> uids, CancellationToken cancellationToken);

    /// <summary>Deletes what was received before, except pinned messages: a bounded number of the oldest.</summary>
    /// <returns>How many went; 0 when there are no more.</returns>
    Task<int> DeleteOlderAsync(int mailboxId, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Deletes everything that is there now, pinned or not.</summary>
    /// <returns>How many messages there were.</returns>
    Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken);
}

/// <summary>The octets of one message while it is received. One writer; not thread-safe.</summary>
internal interface IMessageContent : IAsyncDisposable
{
    long Length { get; }

    /// <summary>Takes over a copy of the octets.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be kept; the rest may still be read and dropped.</exception>
    void Append(ReadOnlySpan<byte> octets);

    /// <summary>The first octets, for a look at the header block: at least 64 KiB of them, or all.</summary>
    ReadOnlySpan<byte> Beginning { get; }
}

internal enum StoreOutcome
{
    /// <summary>On stable storage.</summary>
    Stored,

    /// <summary>No room: disk or queue are full. Nothing was kept; a later attempt may succeed.</summary>
    NoRoom,

    /// <summary>Writing failed. Nothing was kept; a later attempt may succeed.</summary>
    Failed,

    /// <summary>One of the mailboxes does not exist (any more). Nothing was kept.</summary>
    NoMailbox,
}

/// <param name="Messages">When stored, the message as it now is in each mailbox, in the order of its deliveries.</param>
internal readonly record struct StoreResult(StoreOutcome Outcome, IReadOnlyList<Message> Messages)
{
    public static StoreResult Refused(StoreOutcome outcome) => new(outcome, []);
}

/// <summary>The store cannot do what was asked; the message is for the log and for people with access to the machine.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True when room is what lacks.</summary>
    public bool NoRoom { get; init; }
}

/// <summary>The store must not be used as it is found: damaged, newer, in use. The message says what to do.</summary>
internal sealed class StoreRefusedException(string message, Exception? inner = null) : Exception(message, inner);
