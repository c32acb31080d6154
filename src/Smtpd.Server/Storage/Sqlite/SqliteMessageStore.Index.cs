using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>What was read out of messages, and the search in it.</summary>
internal sealed partial class SqliteMessageStore
{
    // What is written together becomes one segment of the index: the fewer there are, the less is merged.
    private const int IndexedPerTransaction = 64;

    // Of the writer's thread, while arriving mail waits.
    private static readonly TimeSpan IndexingPerTransaction = TimeSpan.FromMilliseconds(10);

    // Only this process works on the database: what it has given out need not outlive it.
    private readonly SqliteClaims claims;
    private readonly RecentMessages recent;

    public async Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken)
    {
        using (await claims.EnterAsync(cancellationToken))
        {
            var found = recent.Take(limit);
            if (found.Count == 0)
            {
                recent.BeginLook();
                found = await ListToIndexAsync(limit, cancellationToken);
            }

            claims.Add(found.Select(each => each.Id), patience);
            return found;
        }
    }

    private async Task<IReadOnlyList<MessageToIndex>> ListToIndexAsync(int limit, CancellationToken cancellationToken)
    {
        try
        {
            var found = await reader.ListToIndexAsync(claims.Held(), limit, cancellationToken);
            if (found.Count == limit)
                recent.HasMore();
            return found;
        }
        catch
        {
            recent.HasMore();
            throw;
        }
    }

    public async Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken) => await reader.FindContentAsync(id, cancellationToken) is { } found
        ? await files.OpenAsync(id, found.Octets, async () => await reader.FindContentAsync(id, cancellationToken) is not null, cancellationToken) : null;

    public async Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken)
    {
        for (var done = 0; done < messages.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var first = done;
            done += await WriteAsync(batch => IndexSome(batch, messages, first), inBackground: true);
            var indexed = messages.Skip(first).Take(done - first).Select(each => each.Id).ToList();
            recent.Forget(indexed);
            claims.Remove(indexed);
        }
    }

    public Task<long> CountToIndexAsync(CancellationToken cancellationToken) => reader.CountToIndexAsync(cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => search.FindAsync(request, cancellationToken);

    private int IndexSome(SqliteBatch batch, IReadOnlyList<IndexedMessage> messages, int first)
    {
        var started = options.Clock.GetTimestamp();
        var done = 0;
        do
        {
            batch.Index.Write(messages[first + done++]);
        }
        while (done < IndexedPerTransaction && first + done < messages.Count && options.Clock.GetElapsedTime(started) < IndexingPerTransaction);
        batch.Index.Merge(done);
        return done;
    }
}
