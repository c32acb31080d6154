using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>One transaction of the writer: the counters of mailboxes, what is to be told after it, and the statements by subject. Used by the writer's thread only.</summary>
internal sealed class SqliteBatch : IDisposable
{
    // A subscriber takes a list of removed messages whole.
    private const int RemovedAtOnce = 1000;

    private readonly SqliteConnection connection;
    private readonly Action<StorageStep>? before;
    private readonly List<IDisposable> statements = [];
    private readonly List<MailEvent> events = [];
    private readonly Dictionary<int, List<long>> removed = [];
    private readonly List<MessageId> evictedFiles = [];

    // The state of each mailbox touched by this batch: written once at its end, however many messages came.
    private readonly Dictionary<int, MailboxState> mailboxes = [];

    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement selectMailbox;
    private readonly SqliteStatement updateMailbox;
    private readonly SqliteStatement probe;
    private readonly SqliteRowReader<Message> selectMessage;

    public SqliteBatch(SqliteConnection connection, RecentMessages recent, Action<StorageStep>? before)
    {
        this.connection = connection;
        this.before = before;
        Recent = recent;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        selectMailbox = Prepare("""
            SELECT next_uid, message_count, message_bytes, unread_count, leased_uid, coalesce(max_messages, 0x7fffffffffffffff), coalesce(max_bytes, 0x7fffffffffffffff)
            FROM mailboxes WHERE id = ?
            """);
        updateMailbox = Prepare("UPDATE mailboxes SET next_uid = ?2, message_count = ?3, message_bytes = ?4, unread_count = ?5, leased_uid = ?6 WHERE id = ?1");
        probe = Prepare("INSERT INTO secrets (name, octets) VALUES ('probe', x'') ON CONFLICT (name) DO UPDATE SET octets = excluded.octets");
        selectMessage = PrepareReader(SqliteRows.SelectMessages + " WHERE d.mailbox_id = $mailbox AND d.uid = $uid", SqliteRows.Message, "$mailbox", "$uid");
        Messages = new(this);
        Mailboxes = new(this);
        Access = new(this);
        Flags = new(this);
        Leases = new(this);
        Index = new(this);
    }

    public RecentMessages Recent { get; }

    public SqliteMessages Messages { get; }

    public SqliteMailboxes Mailboxes { get; }

    public SqliteAccess Access { get; }

    public SqliteFlags Flags { get; }

    public SqliteLeases Leases { get; }

    public SqliteIndex Index { get; }

    /// <summary>What happened in the transaction, in order: to be told once it is committed.</summary>
    public IReadOnlyList<MailEvent> Events => events;

    /// <summary>Content files of messages that went by the limits of their mailboxes: to be deleted once this is committed.</summary>
    public List<MessageId> EvictedFiles => evictedFiles;

    public void Begin()
    {
        events.Clear();
        evictedFiles.Clear();
        Before(StorageStep.BeginTransaction);
        begin.Run();
    }

    public void Commit()
    {
        foreach ((var id, var state) in mailboxes)
        {
            if (state.HasGrown)
                Messages.MakeRoom(id, state, state.NextUid - 1, evictedFiles);
            Before(StorageStep.UpdateMailbox);
            updateMailbox.Bind(1, id).Bind(2, state.NextUid).Bind(3, state.Messages).Bind(4, state.Bytes).Bind(5, state.Unread).Bind(6, state.LeasedUid).Run();
        }

        foreach ((var id, var uids) in removed)
            events.AddRange(uids.Chunk(RemovedAtOnce).Select(some => new MessagesRemoved(id, some)));
        Forget();
        Before(StorageStep.Commit);
        commit.Run();
    }

    /// <summary>The transaction is rolled back.</summary>
    public void Forget()
    {
        mailboxes.Clear();
        removed.Clear();
    }

    public void Before(StorageStep step) => before?.Invoke(step);

    public void Happened(MailEvent happened) => events.Add(happened);

    /// <summary>A message changed: tells it as it is now.</summary>
    public void MessageChanged(int mailboxId, long uid)
    {
        if (selectMessage.Read(mailboxId, uid) is { } message)
            events.Add(new MessageChanged(message));
    }

    public void MessageRemoved(int mailboxId, long uid)
    {
        if (!removed.TryGetValue(mailboxId, out var uids))
            removed.Add(mailboxId, uids = []);
        uids.Add(uid);
    }

    /// <summary>The counters of a mailbox, written at the end of the batch; <c>null</c> when there is no such mailbox.</summary>
    public MailboxState? Find(int mailboxId)
    {
        if (mailboxes.TryGetValue(mailboxId, out var known))
            return known;
        Span<long> row = stackalloc long[7];
        if (!selectMailbox.Bind(1, mailboxId).TryReadRow(row))
            return null;
        MailboxState state = new() { NextUid = row[0], Messages = row[1], Bytes = row[2], Unread = row[3], LeasedUid = row[4], MaximumMessages = row[5], MaximumBytes = row[6] };
        mailboxes.Add(mailboxId, state);
        return state;
    }

    /// <summary>Writes something that says nothing: SQLite writes nothing, and finds nothing wrong, in a transaction without a change.</summary>
    public bool Probe()
    {
        probe.Run();
        return true;
    }

    /// <summary>The mailbox is no more.</summary>
    public void Forget(int mailboxId) => mailboxes.Remove(mailboxId);

    public SqliteStatement Prepare(string sql)
    {
        SqliteStatement statement = new(connection, sql);
        statements.Add(statement);
        return statement;
    }

    public SqliteRowReader<T> PrepareReader<T>(string sql, Func<SqliteDataReader, T> read, params string[] parameters)
    {
        SqliteRowReader<T> reader = new(connection, sql, read, parameters);
        statements.Add(reader);
        return reader;
    }

    public void Dispose()
    {
        foreach (var each in statements)
            each.Dispose();
    }

    /// <summary>The counters of a mailbox as they will be after the transaction, and its limits.</summary>
    internal sealed class MailboxState
    {
        public long NextUid { get; set; }
        public long Messages { get; set; }
        public long Bytes { get; set; }
        public long Unread { get; set; }

        /// <summary>What has a greater UID was never leased.</summary>
        public long LeasedUid { get; set; }

        public long MaximumMessages { get; set; }
        public long MaximumBytes { get; set; }

        /// <summary>A message came in this transaction.</summary>
        public bool HasGrown { get; set; }

        public bool IsTooFull => Messages > MaximumMessages || Bytes > MaximumBytes;
    }
}
