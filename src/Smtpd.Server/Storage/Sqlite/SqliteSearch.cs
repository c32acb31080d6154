using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using SQLitePCL;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Answers searches on connections of its own, so that a long one keeps nobody from reading mail, and ends those that take too long.</summary>
internal sealed class SqliteSearch(string directory, TimeSpan longest, TimeProvider clock) : IDisposable
{
    private const int Connections = 2;
    private const int InstructionsBetweenLooks = 10_000;

    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private readonly SemaphoreSlim free = new(Connections, Connections);

    /// <exception cref="StoreUnavailableException">It took too long, waiting included, or reading failed.</exception>
    public async Task<IReadOnlyList<SearchHit>> FindAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource tooLong = new(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            await free.WaitAsync(either.Token);
            try
            {
                // A search may take seconds of a thread: not of the caller's, which could be one that has connections to serve.
                return await Task.Run(() => Find(request, either.Token), either.Token);
            }
            finally
            {
                free.Release();
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(string.Create(CultureInfo.InvariantCulture,
                $"The search was given up after {longest.TotalSeconds:0.#} s. Ask for longer words, or for one mailbox."), e);
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException("Searching failed: " + e.Message, e);
        }
    }

    public void Dispose()
    {
        foreach (var each in idle)
            each.Dispose();
        free.Dispose();
    }

    private List<SearchHit> Find(SearchRequest request, CancellationToken cancellationToken)
    {
        if (!idle.TryTake(out var connection))
            connection = SqliteDatabase.OpenForReading(directory);
        try
        {
            using var stop = cancellationToken.Register(() => raw.sqlite3_interrupt(connection.Handle!));
            // An interruption that comes before the statement begins is forgotten by SQLite: asked now and then, too.
            raw.sqlite3_progress_handler(connection.Handle!, InstructionsBetweenLooks, _ => cancellationToken.IsCancellationRequested ? 1 : 0, v: null);
            // One state of the database for all of it: what is found is not gone when it is read.
            using var transaction = connection.BeginTransaction(deferred: true);
            using SqliteWalk walk = new(connection, request);
            List<SearchHit> hits = [];
            foreach (var each in walk.Find(cancellationToken).Take(request.Limit))
                hits.Add(walk.Read(each));
            return hits;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("Interrupted.", e, cancellationToken);
        }
        finally
        {
            raw.sqlite3_progress_handler(connection.Handle!, 0, func: null, v: null);
            idle.Add(connection);
        }
    }
}
