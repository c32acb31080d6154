using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>One PostgreSQL database that several nodes may share, and files for large content. Here: opening, storing, reading and closing.</summary>
internal sealed partial class PostgresMessageStore : IMessageStore
{
    private const int Tries = 3;

    private readonly StorageOptions options;
    private readonly ILogger logger;
    private readonly ContentFiles files;
    private readonly PostgresPool pool;
    private readonly PostgresListener? listener;
    private readonly PostgresNode visitor;
    private readonly PostgresWriter writer;
    private readonly PostgresAddressBook addresses;
    private readonly MessageIdSource ids;
    private readonly ByteBudget budget;
    private readonly FreeSpace freeSpace;

    private PostgresMessageStore(StorageOptions options, ILogger logger, ContentFiles files, PostgresPool pool, MailFeed feed, MessageIdSource ids, PostgresListener? listener, PostgresNode visitor)
    {
        this.options = options;
        this.logger = logger;
        this.files = files;
        this.pool = pool;
        this.ids = ids;
        this.listener = listener;
        this.visitor = visitor;
        Feed = feed;
        budget = new ByteBudget(options.BufferBytes);
        freeSpace = new FreeSpace(options.Directory, options.Clock);
        addresses = new PostgresAddressBook(pool, feed, options.Clock);
        writer = new PostgresWriter(new PostgresWriterSession(pool, options.Clock), () => Node, options, logger, Settle);
    }

    public bool KeepsMessages => true;

    public MailFeed Feed { get; }

    private PostgresNode Node => listener?.Node ?? visitor;

    /// <summary>Opens the store, creating what is missing and removing what a crash left half-done.</summary>
    /// <param name="besideServer">A short visit: nothing is migrated or swept, and the content directory may be another one.</param>
    /// <exception cref="StoreRefusedException">It must not be used; the message says why and what to do.</exception>
    public static async Task<PostgresMessageStore> OpenAsync(PostgresAddress address, StorageOptions options, ILogger logger, bool besideServer, CancellationToken cancellationToken)
    {
        PostgresPool pool = new(address, options.SearchTime);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await pool.OpenOwnAsync(cancellationToken);
            ContentFiles files = new(options);
            files.Prepare();
            await PostgresSchema.PrepareAsync(connection, address, mayMigrate: !besideServer, () => besideServer ? Task.CompletedTask
                : PostgresContentDirectory.ClaimAsync(connection, files, address, options.Directory, cancellationToken), logger, options.Clock, cancellationToken);
            if (!besideServer)
                await PostgresContentDirectory.SweepAsync(connection, files, options, logger, cancellationToken);
            MailFeed feed = new();
            MessageIdSource ids = new(options.Clock);
            ids.StartAfter(await ReadLastIdAsync(connection, cancellationToken));
            if (!besideServer)
                return new(options, logger, files, pool, feed, ids, await PostgresListener.StartAsync(pool, connection, feed, logger, ids.Renumber, cancellationToken), new(0, ""));
            PostgresNode visitor = new(PostgresNode.Visitor, await PostgresNode.ReadChannelAsync(connection, cancellationToken));
            await connection.DisposeAsync();
            return new(options, logger, files, pool, feed, ids, null, visitor);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            await pool.DisposeAsync();
            if (e is StoreRefusedException or OperationCanceledException || !(PostgresFailure.IsOne(e) || e is UnauthorizedAccessException))
                throw;
            throw Refused(address, options, e);
        }
    }

    public MessageId NextId() => ids.Next();

    public IMessageContent CreateContent(MessageId id, long? declaredSize) => new SpooledContent(id, files, budget, declaredSize);

    public StoreOutcome? Refusal(long? declaredSize) =>
        writer.IsFull || freeSpace.Octets < options.MinimumFreeBytes + declaredSize.GetValueOrDefault() ? StoreOutcome.NoRoom : null;

    public async ValueTask<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken)
    {
        var spooled = (SpooledContent)content;
        PostgresStoreWork work;
        try
        {
            work = new(message, spooled, await spooled.FinishAsync());
        }
        catch (StoreUnavailableException e)
        {
            ServerLog.ContentFailed(logger, e, message.Id);
            return StoreResult.Refused(e.NoRoom ? StoreOutcome.NoRoom : StoreOutcome.Failed);
        }

        if (!writer.TryEnqueue(work))
            return StoreResult.Refused(StoreOutcome.NoRoom);
        // Not cancelled: what is queued will be written, and the buffer is lent to the writer until then.
        var result = await work.Completion;
        if (result.Outcome == StoreOutcome.Stored)
            spooled.Release();
        return result;
    }

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (freeSpace.Octets < options.MinimumFreeBytes)
            throw new StoreUnavailableException("There is less free space than Storage:MinimumFreeBytes asks for.") { NoRoom = true };
        // A write that is one: also a database that only lets read, or whose disk is full, answers questions.
        await WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("INSERT INTO secrets (name, octets) VALUES ('probe', '') ON CONFLICT (name) DO UPDATE SET octets = excluded.octets", cancellationToken);
            return true;
        }, cancellationToken);
    }

    public async Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken)
    {
        var order = query.Descending ? "d.uid < $2 ORDER BY d.uid DESC" : "d.uid > $2 ORDER BY d.uid";
        var page = $"SELECT * FROM deliveries d WHERE d.mailbox_id = $1 AND {order} LIMIT $3";
        var sql = $"SELECT {PostgresRows.MessageColumns} FROM ({page}) d {PostgresRows.MessageTables} ORDER BY d.uid{(query.Descending ? " DESC" : "")}";
        return await pool.QueryAsync(sql, PostgresRows.Message, cancellationToken, mailboxId, query.After ?? (query.Descending ? long.MaxValue : 0), query.Limit);
    }

    public async Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {PostgresRows.MessageColumns} FROM deliveries d {PostgresRows.MessageTables} WHERE d.mailbox_id = $1 AND d.uid = $2";
        return (await pool.QueryAsync(sql, PostgresRows.Message, cancellationToken, mailboxId, uid)).FirstOrDefault();
    }

    public async Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT d.message_id, c.octets FROM deliveries d LEFT JOIN contents c ON c.message_id = d.message_id WHERE d.mailbox_id = $1 AND d.uid = $2";
        var rows = await pool.QueryAsync(Sql, row => (Id: new MessageId(row.GetInt64(0)), Octets: row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), cancellationToken, mailboxId, uid);
        return rows.Count == 0 ? null : await files.OpenAsync(rows[0].Id, rows[0].Octets, async () => await FindAsync(mailboxId, uid, cancellationToken) is not null, cancellationToken);
    }

    public async Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT t.text FROM deliveries d JOIN transcripts t ON t.message_id = d.message_id WHERE d.mailbox_id = $1 AND d.uid = $2";
        return (await pool.QueryAsync(Sql, row => row.GetString(0), cancellationToken, mailboxId, uid)).FirstOrDefault();
    }

    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        if (listener is not null)
            await listener.DisposeAsync();
        await pool.DisposeAsync();
        files.Dispose();
    }

    private static StoreRefusedException Refused(PostgresAddress address, StorageOptions options, Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            new($"{address} does not let smtpd in. Check user and password (also in PGPASSWORD or ~/.pgpass), and the server's pg_hba.conf.", e),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new($"{address} does not exist. Make it with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", e),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => new($"{address} does not let this user create tables. GRANT CREATE ON SCHEMA public TO that user.", e),
        PostgresException refused => new($"{address} cannot be used ({refused.SqlState}: {refused.MessageText}).", e),
        NpgsqlException => new($"{address} cannot be reached ({e.GetBaseException().Message}). Is PostgreSQL running there?", e),
        _ => new($"{options.Directory} cannot be used ({e.Message}). Choose another directory with --data.", e),
    };

    private static async Task<long> ReadLastIdAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { new NpgsqlBatchCommand("SELECT coalesce(max(id), 0) FROM messages") } };
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Runs a transaction; a second time when another one was in its way. What happened in it is published after its commit.</summary>
    /// <exception cref="StoreUnavailableException">It could not be done, or it is not known whether it was.</exception>
    private async Task<T> WriteAsync<T>(Func<PostgresTransaction, Task<T>> act, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await pool.OpenAsync(cancellationToken);
                PostgresTransaction transaction = new(connection);
                var result = await act(transaction);
                await transaction.CommitAsync(null, Node, CancellationToken.None);
                Settle(transaction.Events, transaction.UselessFiles);
                return result;
            }
            catch (Exception e) when (PostgresFailure.IsCollision(e) && tries < Tries)
            {
                // Given back, the connection rolls back.
            }
            catch (Exception e) when (PostgresFailure.IsOne(e))
            {
                throw PostgresFailure.Unavailable(e);
            }
        }
    }

    private void Settle(IReadOnlyList<MailEvent> happened, IReadOnlyList<MessageId> useless)
    {
        foreach (var each in useless)
            files.Delete(each);
        foreach (var each in happened)
            Feed.Publish(each);
    }
}
