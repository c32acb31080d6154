using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>One directory: a SQLite database, and files for large content. The engine that needs no set-up.</summary>
internal sealed partial class SqliteMessageStore : IMessageStore
{
    private const int ReadConnections = 4;

    private readonly StorageOptions options;
    private readonly ILogger logger;
    private readonly DirectoryLock? directoryLock;
    private readonly ContentFiles files;
    private readonly SqliteConnection connection;
    private readonly SqliteWriter writer;
    private readonly SqliteReader reader;
    private readonly SqliteAddressBook addresses;
    private readonly SqliteSearch search;
    private readonly MessageIdSource ids;
    private readonly ByteBudget budget;
    private readonly FreeSpace freeSpace;

    private SqliteMessageStore(StorageOptions options, ILogger logger, DirectoryLock? directoryLock, ContentFiles files, SqliteConnection connection)
    {
        this.options = options;
        this.logger = logger;
        this.directoryLock = directoryLock;
        this.files = files;
        this.connection = connection;
        ids = new MessageIdSource(options.Clock);
        ids.StartAfter(SqliteDatabase.Scalar<long>(connection, "SELECT coalesce(max(id), 0) FROM messages"));
        budget = new ByteBudget(options.BufferBytes);
        freeSpace = new FreeSpace(options.Directory, options.Clock);
        reader = new SqliteReader(options.Directory, ReadConnections);
        addresses = new SqliteAddressBook(options.Directory, options.Clock);
        search = new SqliteSearch(options.Directory, options.SearchTime, options.Clock);
        claims = new SqliteClaims(options.Clock);
        recent = new RecentMessages(claims);
        writer = new SqliteWriter(connection, options, logger, Feed, recent, DeleteInBackground);
    }

    public bool KeepsMessages => true;

    public MailFeed Feed { get; } = new();

    /// <summary>Opens the store, creating what is missing and removing what a crash left half-done.</summary>
    /// <param name="besideServer">A short visit: a running server is no obstacle, and nothing is swept or migrated under it.</param>
    /// <exception cref="StoreRefusedException">It must not be used; the message says why and what to do.</exception>
    public static async Task<SqliteMessageStore> OpenAsync(StorageOptions options, ILogger logger, bool besideServer, CancellationToken cancellationToken)
    {
        var taken = DirectoryLock.TryTake(options.Directory);
        if (taken is null && !besideServer)
            throw new StoreRefusedException($"The data directory {options.Directory} is in use by another smtpd. Stop that one, or choose another directory with --data.");
        SqliteConnection? opened = null;
        try
        {
            ContentFiles contents = new(options);
            var hasContent = await contents.HasContentAsync(cancellationToken);
            contents.Prepare();
            opened = SqliteDatabase.OpenForWriting(options.Directory, mayCreate: !hasContent && taken is not null, mayMigrate: taken is not null, options.Clock);
            SqliteContentLocation.Verify(opened, contents.Location);
            if (taken is not null)
                await SweepAsync(contents, options.Directory, logger, cancellationToken);
            return new SqliteMessageStore(options, logger, taken, contents, opened);
        }
        catch (Exception e)
        {
            opened?.Dispose();
            taken?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new StoreRefusedException($"{options.Directory} cannot be used ({e.Message}). Choose another directory with --data.", e);
            throw;
        }
    }

    public MessageId NextId() => ids.Next();

    public IMessageContent CreateContent(MessageId id, long? declaredSize) => new SpooledContent(id, files, budget, declaredSize);

    public StoreOutcome? Refusal(long? declaredSize) =>
        writer.IsFull || freeSpace.Octets < options.MinimumFreeBytes + declaredSize.GetValueOrDefault() ? StoreOutcome.NoRoom : null;

    public async ValueTask<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken)
    {
        var spooled = (SpooledContent)content;
        StoreWork work;
        try
        {
            work = new StoreWork(message, spooled, await spooled.FinishAsync(), recent);
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
        await WriteAsync(batch => batch.Probe()).WaitAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        reader.Dispose();
        addresses.Dispose();
        search.Dispose();
        claims.Dispose();
        files.Dispose();
        connection.Dispose(); // the last one: SQLite takes the log over into the database
        directoryLock?.Dispose();
        return ValueTask.CompletedTask;
    }

    // In the background: after arriving mail, as far as that leaves time.
    private Task<T> WriteAsync<T>(Func<SqliteBatch, T> apply, bool inBackground = false)
    {
        SqliteWork<T> work = new(apply);
        return (inBackground ? writer.TryEnqueueBehind(work) : writer.TryEnqueue(work)) ? work.Completion : throw new StoreUnavailableException("Too much is waiting to be written; try again.");
    }

    // Of large messages that went by the limits of a mailbox: nobody waits for it, and the sweep of the next start takes what a crash leaves.
    private void DeleteInBackground(IReadOnlyList<MessageId> useless) =>
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.useless.ForEach(state.files.Delete), (files, useless: useless.ToList()), preferLocal: false);

    private static async Task SweepAsync(ContentFiles files, string directory, ILogger logger, CancellationToken cancellationToken)
    {
        using SqliteReader reader = new(directory, 1);
        HashSet<MessageId> kept = [.. await reader.ListFilesAsync(cancellationToken)];
        var removed = await files.SweepAsync(kept.Contains, null, cancellationToken);
        if (removed > 0)
            ServerLog.Swept(logger, removed);
    }
}
