using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Messages that are there: read, flagged, deleted.</summary>
internal sealed partial class SqliteMessageStore
{
    // A change reads and tells the message: more of them would keep arriving mail waiting.
    private const int ChangesPerTransaction = 100;

    public async Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken) =>
        await reader.ListAsync(mailboxId, query, cancellationToken);

    public Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) => reader.FindAsync(mailboxId, uid, cancellationToken);

    public async Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        if (await reader.FindContentAsync(mailboxId, uid, cancellationToken) is not (MessageId id, var octets))
            return null;
        return await files.OpenAsync(id, octets, async () => await reader.FindAsync(mailboxId, uid, cancellationToken) is not null, cancellationToken);
    }

    public Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken) => reader.ReadTranscriptAsync(mailboxId, uid, cancellationToken);

    public async Task<int> ChangeAsync(int mailboxId, IReadOnlyCollection<long> uids, MessageChange change, CancellationToken cancellationToken)
    {
        var changed = 0;
        foreach (var some in uids.Chunk(ChangesPerTransaction))
        {
            cancellationToken.ThrowIfCancellationRequested();
            changed += await WriteAsync(batch => some.Count(uid => batch.Flags.TryChange(mailboxId, uid, change)));
        }

        return changed;
    }

    public async Task<IReadOnlyList<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken) =>
        await reader.ListTagsAsync(mailboxId, cancellationToken);

    public async Task<int> DeleteAsync(int mailboxId, IReadOnlyCollection<long> uids, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var some in uids.Chunk(SqliteMessages.RemovedPerTransaction))
        {
            cancellationToken.ThrowIfCancellationRequested();
            removed += await RemoveSomeAsync((batch, useless) => some.Count(uid => batch.Messages.TryRemove(mailboxId, uid, useless)));
        }

        return removed;
    }

    public Task<int> DeleteOlderAsync(int mailboxId, DateTimeOffset before, CancellationToken cancellationToken) =>
        RemoveSomeAsync((batch, useless) => batch.Messages.RemoveOlder(mailboxId, before, useless));

    public async Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken)
    {
        // What arrives after the request is not meant by it.
        if (await WriteAsync(batch => batch.Find(mailboxId)?.NextUid) is not { } limit)
            return 0;
        return await RemoveAsync((batch, useless) => batch.Messages.RemoveSome(mailboxId, limit, useless), cancellationToken);
    }

    // One transaction after another, with arriving mail between them.
    private async Task<int> RemoveAsync(Func<SqliteBatch, List<MessageId>, int> remove, CancellationToken cancellationToken)
    {
        int removed = 0, some;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            removed += some = await RemoveSomeAsync(remove);
        }
        while (some == SqliteMessages.RemovedPerTransaction);
        return removed;
    }

    private async Task<int> RemoveSomeAsync(Func<SqliteBatch, List<MessageId>, int> remove)
    {
        List<MessageId> useless = [];
        var removed = await WriteAsync(batch =>
        {
            useless.Clear();
            return remove(batch, useless);
        });
        useless.ForEach(files.Delete);
        return removed;
    }
}
