using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>One directory: a SQLite database, and files for large content. The engine that needs no set-up.</summary>
internal sealed class SqliteMessageStore : IMessageStore
{
    private const int ReadConnections = 4;
    private const int FileSyncsAtOnce = 8;

    // A transaction that deletes more would keep arriving mail waiting.
    private const int DeletionsPerTransaction = 500;

    private readonly StorageOptions options;
    private readonly ILogger logger;
    private readonly DirectoryLock? directoryLock;
    private readonly ContentFiles files;
    private readonly SqliteConnection connection;
    private readonly SqliteWriter writer;
    private readonly SqliteReader reader;
    private readonly SqliteAddressBook addresses;
    private readonly MessageIdSource ids;
    private readonly ByteBudget budget;
    private readonly FreeSpace freeSpace;
    private readonly SemaphoreSlim fileSyncs = new(FileSyncsAtOnce, FileSyncsAtOnce);

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
        writer = new SqliteWriter(connection, options, logger);
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
            ContentFiles contents = new(options.Directory, options.Before);
            var hasContent = contents.HasContent;
            contents.CreateDirectories();
            opened = SqliteDatabase.OpenForWriting(options.Directory, mayCreate: !hasContent && taken is not null, mayMigrate: taken is not null, options.Clock);
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
            work = new StoreWork(message, spooled, spooled.IsInFile ? await FinishFileAsync(spooled) : spooled.Finish());
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
        {
            spooled.Release();
            foreach (var each in result.Messages)
                Feed.Publish(new MessageStored(each));
        }

        return result;
    }

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (freeSpace.Octets < options.MinimumFreeBytes)
            throw new StoreUnavailableException("There is less free space than Storage:MinimumFreeBytes asks for.") { NoRoom = true };
        await WriteAsync(_ => true).WaitAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) => await reader.ListMailboxesAsync(cancellationToken);

    public async ValueTask<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) => await reader.FindMailboxAsync(mailboxId, cancellationToken);

    public Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Project>> ListProjectsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Project?> AddProjectAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ProjectChange> RenameProjectAsync(int projectId, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ProjectChange> RemoveProjectAsync(int projectId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<MailboxAddition> ChangeMailboxAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<int>> ListExpiredMailboxesAsync(DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> ChangeAsync(int mailboxId, IReadOnlyCollection<long> uids, MessageChange change, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> DeleteOlderAsync(int mailboxId, DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int mailboxId, LeaseRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> AcknowledgeAsync(int mailboxId, long uid, string token, bool delete, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ReleaseAsync(int mailboxId, long uid, string token, TimeSpan delay, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeadMessage>> ListDeadAsync(int mailboxId, long? after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ReviveAsync(int mailboxId, long uid, CancellationToken cancellationToken) => throw new NotSupportedException();


    public async Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        (var id, var taken) = await WriteAsync(batch => (batch.TryAddMailbox(mailbox, now, out var taken), taken));
        addresses.Changed();
        return id is int added ? new(await reader.FindMailboxAsync(added, cancellationToken), null) : new(null, taken);
    }

    public async Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken)
    {
        await DeleteAllAsync(mailboxId, cancellationToken);
        // Mail may have come meanwhile: the rest goes together with the mailbox.
        List<MessageId> useless = [];
        var removed = await WriteAsync(batch =>
        {
            batch.RemoveSome(mailboxId, long.MaxValue, int.MaxValue, useless);
            return batch.TryRemoveMailbox(mailboxId);
        });
        useless.ForEach(files.Delete);
        return removed;
    }

    public Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => reader.FindCredentialAsync(user, cancellationToken);

    public async Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) =>
        await reader.ListCredentialsAsync(mailboxId, cancellationToken);

    public Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken) =>
        WriteAsync(batch => !batch.TryTouch(credential.MailboxId) ? AccessChange.NoMailbox : batch.TryAddCredential(credential) ? AccessChange.Done : AccessChange.Taken);

    public Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken) =>
        WriteAsync(batch => batch.TryChangePassword(user, verifier, clearSecret));

    public Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken) => WriteAsync(batch => batch.TryRemoveCredential(user));

    public Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken) => reader.ReadSecretAsync("unknown users", cancellationToken);

    public ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindRulesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new(addresses.Find(keys));

    public Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken) =>
        reader.ListAddressesAsync(mailboxId, kind, cancellationToken);

    public async Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken)
    {
        var change = await WriteAsync(
            batch => !batch.TryTouch(address.MailboxId) ? AccessChange.NoMailbox : batch.TryAddAddress(address) ? AccessChange.Done : AccessChange.Taken);
        addresses.Changed();
        return change;
    }

    public Task<bool> RemoveAddressAsync(string key, CancellationToken cancellationToken) => WriteAsync(batch => batch.TryRemoveAddress(key));

    public async Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken) =>
        await reader.ListAsync(mailboxId, query, cancellationToken);

    public Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) => reader.FindAsync(mailboxId, uid, cancellationToken);

    public async Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        if (await reader.FindContentAsync(mailboxId, uid, cancellationToken) is not (MessageId id, byte[] or null) found)
            return null;
        if (found.Octets is not null)
            return new MemoryStream(found.Octets, writable: false);
        try
        {
            return files.Open(id);
        }
        catch (FileNotFoundException e)
        {
            // Deleted a moment ago, or somebody touched our files.
            if (await reader.FindAsync(mailboxId, uid, cancellationToken) is null)
                return null;
            throw new StoreUnavailableException($"The content file of message {id} is missing.", e);
        }
    }

    public async Task<int> DeleteAsync(int mailboxId, IReadOnlyCollection<long> uids, CancellationToken cancellationToken)
    {
        List<MessageId> useless = [];
        var removed = await WriteAsync(batch => uids.Count(uid => batch.TryRemove(mailboxId, uid, useless)));
        useless.ForEach(files.Delete);
        return removed;
    }

    public async Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken)
    {
        // What arrives after the request is not meant by it.
        if (await WriteAsync(batch => batch.NextUid(mailboxId)) is not long limit)
            return 0;
        int removed = 0, some;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<MessageId> useless = [];
            some = await WriteAsync(batch => batch.RemoveSome(mailboxId, limit, DeletionsPerTransaction, useless));
            useless.ForEach(files.Delete);
            removed += some;
        }
        while (some == DeletionsPerTransaction);
        return removed;
    }

    public Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> CountToIndexAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        reader.Dispose();
        addresses.Dispose();
        fileSyncs.Dispose();
        connection.Dispose(); // the last one: SQLite takes the log over into the database
        directoryLock?.Dispose();
        return ValueTask.CompletedTask;
    }

    // Syncing a file blocks a thread for as long as the disk takes: not one of the pool, on which every connection depends, and not too many.
    private async Task<byte[]> FinishFileAsync(SpooledContent content)
    {
        await fileSyncs.WaitAsync();
        try
        {
            return await Task.Factory.StartNew(content.Finish, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            fileSyncs.Release();
        }
    }

    private Task<T> WriteAsync<T>(Func<SqliteBatch, T> apply)
    {
        SqliteWork<T> work = new(apply);
        return writer.TryEnqueue(work) ? work.Completion : throw new StoreUnavailableException("Too much is waiting to be written; try again.");
    }

    private static async Task SweepAsync(ContentFiles files, string directory, ILogger logger, CancellationToken cancellationToken)
    {
        using SqliteReader reader = new(directory, 1);
        HashSet<MessageId> kept = [.. await reader.ListFilesAsync(cancellationToken)];
        var removed = files.Sweep(kept.Contains);
        if (removed > 0)
            ServerLog.Swept(logger, removed);
    }
}
