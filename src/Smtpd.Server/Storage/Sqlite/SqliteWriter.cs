using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using SQLitePCL;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>The one thread that writes. What arrived while the last commit ran is the next batch; everyone waiting is answered after it.</summary>
internal sealed class SqliteWriter : IDisposable
{
    // Work in the background: one that waited so long goes with the next batch, although mail is waiting too.
    private static readonly TimeSpan LongestBehind = TimeSpan.FromMilliseconds(50);
    private const int MaximumBehind = 64;

    private readonly SqliteConnection connection;
    private readonly StorageOptions options;
    private readonly ILogger logger;
    private readonly MailFeed feed;
    private readonly Action<IReadOnlyList<MessageId>> deleteFiles;
    private readonly SqliteBatch batch;
    private readonly CommitMetrics metrics = new();
    private readonly Thread thread;

    // Guards the six below; the writer waits on it.
    private readonly object gate = new();
    private readonly Queue<SqliteWork> queue = new();
    private readonly Queue<SqliteWork> behind = new();
    private long lastBehind;
    private int queuedMessages;
    private long queuedBytes;
    private bool isStopping;

    /// <param name="deleteFiles">Takes content files that went without somebody waiting for it; must be quick.</param>
    public SqliteWriter(SqliteConnection connection, StorageOptions options, ILogger logger, MailFeed feed, RecentMessages recent, Action<IReadOnlyList<MessageId>> deleteFiles)
    {
        this.connection = connection;
        this.options = options;
        this.logger = logger;
        this.feed = feed;
        this.deleteFiles = deleteFiles;
        batch = new SqliteBatch(connection, recent, options.Before);
        thread = new Thread(Run) { Name = "sqlite writer", IsBackground = true };
        thread.Start();
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
    public bool TryEnqueue(SqliteWork work)
    {
        lock (gate)
        {
            if (isStopping || IsFullFor(work.Bytes))
                return false;
            queue.Enqueue(work);
            queuedMessages++;
            queuedBytes += work.Bytes;
            if (queuedMessages == 1)
                Monitor.Pulse(gate);
            return true;
        }
    }

    /// <summary>For work that can wait: it is done when no mail waits, or one of it a batch when it has waited long.</summary>
    /// <returns>False when too much waits already or the store is closing; then nothing will happen.</returns>
    public bool TryEnqueueBehind(SqliteWork work)
    {
        lock (gate)
        {
            if (isStopping || behind.Count >= MaximumBehind)
                return false;
            behind.Enqueue(work);
            if (behind.Count == 1)
                Monitor.Pulse(gate);
            return true;
        }
    }

    /// <summary>Writes what is queued, then ends the thread.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isStopping = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        batch.Dispose();
        metrics.Dispose();
    }

    private bool IsFullFor(long bytes) =>
        queuedMessages >= options.QueueMessages || (queuedMessages > 0 && queuedBytes + bytes > options.QueueBytes);

    private void Run()
    {
        List<SqliteWork> members = [];
        while (TakeBatch(members))
            Write(members);
    }

    private void Write(List<SqliteWork> members)
    {
        while (members.Count > 0)
        {
            var started = Stopwatch.GetTimestamp();
            var failure = TryWrite(members, out var culprit);
            if (failure is null)
            {
                foreach (var each in members)
                    each.Committed();
                Tell(members.Count, Stopwatch.GetElapsedTime(started));
            }
            else
            {
                ServerLog.CommitFailed(logger, failure, members.Count);
                metrics.Failed();
                if (culprit is not null && IsItsOwn(failure))
                {
                    // The others shall not suffer for it: they are written without it.
                    culprit.Answer(failure);
                    members.Remove(culprit);
                    continue;
                }
            }

            foreach (var each in members)
                each.Answer(failure);
            return;
        }
    }

    // What the disk or the memory is to blame for, all would meet.
    private static bool IsItsOwn(Exception failure) =>
        failure is not (IOException or OutOfMemoryException or SqliteException { SqliteErrorCode: raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_NOMEM or raw.SQLITE_READONLY or raw.SQLITE_BUSY });

    // Here, so that what happened is told in the order in which it was committed, and before those who did it go on.
    private void Tell(int works, TimeSpan took)
    {
        ServerLog.Committed(logger, works, took.TotalMilliseconds);
        metrics.Committed(works, took);
        foreach (var each in batch.Events)
        {
            try
            {
                feed.Publish(each);
            }
            catch (Exception e)
            {
                ServerLog.SubscriberFailed(logger, e, each.MailboxId);
            }
        }

        if (batch.EvictedFiles.Count > 0)
            deleteFiles([.. batch.EvictedFiles]);
    }

    private bool TakeBatch(List<SqliteWork> members)
    {
        members.Clear();
        lock (gate)
        {
            while (queue.Count == 0 && behind.Count == 0)
            {
                if (isStopping)
                    return false;
                Monitor.Wait(gate);
            }

            long bytes = 0;
            while (members.Count < options.BatchMessages && queue.TryPeek(out var next) && (members.Count == 0 || bytes + next.Bytes <= options.BatchBytes))
            {
                members.Add(queue.Dequeue());
                bytes += next.Bytes;
            }

            queuedMessages -= members.Count;
            queuedBytes -= bytes;
            var now = options.Clock.GetTimestamp();
            if (members.Count == 0 || options.Clock.GetElapsedTime(lastBehind, now) > LongestBehind)
            {
                lastBehind = now;
                if (behind.TryDequeue(out var one))
                    members.Add(one);
            }
        }

        return true;
    }

    // Whatever goes wrong, the thread lives on and the waiting are answered: a full disk is emptied some day.
    private Exception? TryWrite(List<SqliteWork> members, out SqliteWork? culprit)
    {
        culprit = null;
        try
        {
            batch.Begin();
            foreach (var each in members)
            {
                culprit = each;
                each.Apply(batch);
            }

            culprit = null;
            batch.Commit();
            return null;
        }
        catch (Exception e)
        {
            return RollBack() is SqliteException second ? new AggregateException(e, second) : e;
        }
    }

    private SqliteException? RollBack()
    {
        try
        {
            batch.Forget();
            // SQLite may have rolled back by itself; what it did is told by autocommit being on again.
            if (raw.sqlite3_get_autocommit(connection.Handle!) == 0)
                SqliteDatabase.Scalar<object>(connection, "ROLLBACK");
            return null;
        }
        catch (SqliteException e)
        {
            return e;
        }
    }
}
