using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using SQLitePCL;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Something for the writer to do in its next transaction. An object serves once.</summary>
internal abstract class SqliteWork
{
    /// <summary>What a work costs besides its octets: rows, index entries.</summary>
    protected const long Overhead = 1024;

    public virtual long Bytes => Overhead;

    /// <summary>On the writer's thread, inside the transaction. Throwing rolls back the whole batch; it may run again when another one in it has thrown.</summary>
    public abstract void Apply(SqliteBatch batch);

    /// <summary>On the writer's thread, after the commit and before anybody hears of it.</summary>
    public virtual void Committed()
    {
    }

    /// <summary>On the writer's thread, after the transaction; <paramref name="failure"/> when it was rolled back.</summary>
    public abstract void Answer(Exception? failure);

    protected static StoreUnavailableException Unavailable(Exception failure) =>
        failure as StoreUnavailableException
        ?? (failure is IOException ? StorageFailure.From("Writing failed", failure) : new StoreUnavailableException("Writing failed: " + failure.Message, failure)
        {
            NoRoom = failure is SqliteException { SqliteErrorCode: raw.SQLITE_FULL },
        });
}

/// <summary>A work with a result that somebody waits for.</summary>
internal class SqliteWork<T>(Func<SqliteBatch, T> apply) : SqliteWork
{
    // Continuations run elsewhere: the writer has the next batch to write.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;

    public Task<T> Completion => completion.Task;

    public override void Apply(SqliteBatch batch) => result = apply(batch);

    public override void Answer(Exception? failure)
    {
        if (failure is null)
            completion.SetResult(result!);
        else
            completion.SetException(Unavailable(failure));
    }
}

/// <summary>Stores one message.</summary>
internal sealed class StoreWork(NewMessage message, SpooledContent content, byte[] sha256, RecentMessages recent) : SqliteWork
{
    private readonly TaskCompletionSource<StoreResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] uids = new long[message.Deliveries.Count];
    private Message[]? stored;

    public Task<StoreResult> Completion => completion.Task;

    public override long Bytes { get; } = Overhead + (content.IsInFile ? 0 : content.Length);

    public override void Apply(SqliteBatch batch)
    {
        stored = batch.Messages.TryAdd(message, content, sha256, uids) ? Stored() : null;
        foreach (var each in stored ?? [])
            batch.Happened(new MessageStored(each));
    }

    public override void Committed()
    {
        if (stored is not null)
            recent.Add(new(message.Id, message.Summary, message.Deliveries), stored, content);
    }

    public override void Answer(Exception? failure) => completion.SetResult(
        failure is not null ? StoreResult.Refused(Unavailable(failure).NoRoom ? StoreOutcome.NoRoom : StoreOutcome.Failed)
        : stored is null ? StoreResult.Refused(StoreOutcome.NoMailbox)
        : new StoreResult(StoreOutcome.Stored, stored));

    private Message[] Stored()
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
