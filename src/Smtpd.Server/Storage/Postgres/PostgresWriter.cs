using System.Diagnostics;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The one that stores mail on this node. What arrived while the last commit ran is the next batch; everyone waiting is answered after it.</summary>
internal sealed class PostgresWriter : IAsyncDisposable
{
    private const int Tries = 3;

    // How long those who wait for a commit whose answer was lost go on waiting for the database to come back.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(8);

    private readonly PostgresWriterSession session;
    private readonly Func<PostgresNode> node;
    private readonly StorageOptions options;
    private readonly ILogger logger;
    private readonly Action<IReadOnlyList<MailEvent>, IReadOnlyList<MessageId>> settle;
    private readonly SemaphoreSlim arrival = new(0);
    private readonly Task running;

    // Guards the four below.
    private readonly Lock gate = new();
    private readonly Queue<PostgresStoreWork> queue = new();
    private int queuedMessages;
    private long queuedBytes;
    private bool isStopping;

    /// <param name="node">As it is numbered now.</param>
    /// <param name="settle">Told, after a commit, what happened in it and which content files became useless.</param>
    public PostgresWriter(
        PostgresWriterSession session, Func<PostgresNode> node, StorageOptions options, ILogger logger, Action<IReadOnlyList<MailEvent>, IReadOnlyList<MessageId>> settle)
    {
        this.session = session;
        this.node = node;
        this.options = options;
        this.logger = logger;
        this.settle = settle;
        running = Task.Run(RunAsync);
    }

    public bool IsFull
    {
        get
        {
            lock (gate)
                return IsFullFor(0);
        }
    }

    /// <returns>False when the queue is full or the store is closing; then nothing will happen.</returns>
    public bool TryEnqueue(PostgresStoreWork work)
    {
        lock (gate)
        {
            if (isStopping || IsFullFor(work.Bytes))
                return false;
            queue.Enqueue(work);
            queuedMessages++;
            queuedBytes += work.Bytes;
            if (queuedMessages == 1)
                arrival.Release();
            return true;
        }
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isStopping = true;
            arrival.Release();
        }

        await running;
        arrival.Dispose();
        await session.DisposeAsync();
    }

    private bool IsFullFor(long bytes) =>
        queuedMessages >= options.QueueMessages || (queuedMessages > 0 && queuedBytes + bytes > options.QueueBytes);

    private async Task RunAsync()
    {
        List<PostgresStoreWork> members = [];
        while (await TakeBatchAsync(members))
            await WriteAsync(members);
    }

    private async ValueTask<bool> TakeBatchAsync(List<PostgresStoreWork> members)
    {
        members.Clear();
        while (true)
        {
            lock (gate)
            {
                if (queue.Count > 0)
                {
                    Take(members);
                    return true;
                }

                if (isStopping)
                    return false;
            }

            await arrival.WaitAsync();
        }
    }

    private void Take(List<PostgresStoreWork> members)
    {
        long bytes = 0;
        while (members.Count < options.BatchMessages && queue.TryPeek(out var next) && (members.Count == 0 || bytes + next.Bytes <= options.BatchBytes))
        {
            members.Add(queue.Dequeue());
            bytes += next.Bytes;
        }

        queuedMessages -= members.Count;
        queuedBytes -= bytes;
    }

    private async Task WriteAsync(List<PostgresStoreWork> members)
    {
        var started = Stopwatch.GetTimestamp();
        var failure = await TryAsync(members);
        for (var tries = 1; failure is not null && PostgresFailure.IsCollision(failure) && tries < Tries; tries++)
            failure = await TryAsync(members);
        if (failure is null)
        {
            ServerLog.Committed(logger, members.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return;
        }

        ServerLog.CommitFailed(logger, failure, members.Count);
        if (members.Count > 1 && PostgresFailure.IsOfOneMessage(failure))
        {
            // One of them cannot be stored; the others shall not suffer for it.
            foreach (var each in members)
                await WriteAsync([each]);
            return;
        }

        var outcome = PostgresFailure.Unavailable(failure).NoRoom ? StoreOutcome.NoRoom : StoreOutcome.Failed;
        members.ForEach(each => each.Refuse(outcome));
    }

    // Whatever goes wrong, the loop lives on and the waiting are answered: a database comes back some day.
    private async Task<Exception?> TryAsync(List<PostgresStoreWork> members)
    {
        PostgresBatch batch = new(members, node(), options.Before);
        try
        {
            await batch.RunAsync(await session.OpenAsync(now: false, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception e)
        {
            if (batch.IsCommitSent && !PostgresFailure.IsCertain(e))
            {
                await session.DropAsync();
                if (!await IsStoredAsync(batch))
                    return e;
            }
            else
            {
                await RollBackAsync(batch);
                return e;
            }
        }

        // Before those who did it go on.
        Settle(batch);
        batch.Answer();
        return null;
    }

    // It is committed: nothing that goes wrong now may make it a failure.
    private void Settle(PostgresBatch batch)
    {
        try
        {
            settle(batch.Events, batch.UselessFiles);
        }
        catch (Exception e)
        {
            ServerLog.SubscriberFailed(logger, e, batch.Events is [var first, ..] ? first.MailboxId : 0);
        }
    }

    private async Task RollBackAsync(PostgresBatch batch)
    {
        try
        {
            await batch.RollBackAsync(CancellationToken.None);
        }
        catch (Exception e) when (PostgresFailure.IsOne(e))
        {
            await session.DropAsync();
        }
    }

    // The connection broke between the commit and its answer. All or nothing of the batch is there; what cannot be known in time is told as a
    // failure: the client sends again, so a message may come twice but none is lost.
    private async Task<bool> IsStoredAsync(PostgresBatch batch)
    {
        var started = Stopwatch.GetTimestamp();
        do
        {
            try
            {
                var connection = await session.OpenAsync(now: true, CancellationToken.None);
                await using NpgsqlBatch look = new(connection) { BatchCommands = { PostgresCommand.Of("SELECT count(*) FROM messages WHERE id = ANY($1)", batch.Ids.Select(each => each.Value).ToArray()) } };
                var isStored = await look.ExecuteScalarAsync() is long and > 0;
                ServerLog.CommitInDoubt(logger, isStored ? "kept" : "not kept");
                return isStored;
            }
            catch (Exception e) when (e is StoreUnavailableException || PostgresFailure.IsOne(e))
            {
                await session.DropAsync();
                await Task.Delay(100);
            }
        }
        while (Stopwatch.GetElapsedTime(started) < Doubt);
        ServerLog.CommitInDoubt(logger, "not known to be kept");
        // Their files too: a message that turns out to be there must have its content. What is not, the sweep finds.
        batch.LeaveFiles();
        return false;
    }
}
