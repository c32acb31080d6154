using System.Text.Json;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>What was read out of messages, and the index for searching: statements of the writer's transaction.</summary>
internal sealed class SqliteIndex
{
    // Pages that are merged for each message: a message fills about one, which is merged on each of some levels.
    private const int MergedPages = 6;

    // Mail waits meanwhile. Less is owed: what many messages say is shorter together.
    private const int MergedPagesAtOnce = 256;

    // As they stand in the table `search`; the marks come last.
    private static readonly SearchField[] Columns =
    [
        SearchField.Subject, SearchField.From, SearchField.To, SearchField.Cc, SearchField.Bcc, SearchField.Recipient, SearchField.FileName, SearchField.Header, SearchField.Body,
    ];

    private readonly SqliteBatch batch;
    private readonly SqliteRowReader<HeaderSummary> selectSummary;
    private readonly SqliteStatement selectDelivery;
    private readonly SqliteStatement selectReading;
    private readonly SqliteStatement writeReading;
    private readonly SqliteStatement insertExcerpt;
    private readonly SqliteStatement insertWords;
    private readonly SqliteStatement insert;
    private readonly SqliteStatement merge;
    private readonly SqliteStatement deleteToIndex;
    private readonly SqliteStatement[] delete;

    public SqliteIndex(SqliteBatch batch)
    {
        this.batch = batch;
        selectSummary = batch.PrepareReader("SELECT summary FROM messages WHERE id = $id", row => SqliteRows.Summary(row, 0), "$id");
        selectDelivery = batch.Prepare("SELECT mailbox_id, uid, flags, tags IS NOT NULL FROM deliveries WHERE message_id = ? AND mailbox_id > ? ORDER BY mailbox_id LIMIT 1");
        selectReading = batch.Prepare("SELECT 1 FROM readings WHERE message_id = ?");
        writeReading = batch.Prepare("INSERT INTO readings (message_id, snippet, attachments, warnings) VALUES (?, ?, ?, ?)");
        insertExcerpt = batch.Prepare("INSERT INTO excerpts (message_id, text) VALUES (?, ?)");
        insertWords = batch.Prepare("INSERT OR REPLACE INTO delivery_words (message_id, mailbox_id, envelope, bcc) VALUES (?, ?, ?, ?)");
        insert = batch.Prepare("""
            INSERT INTO search (rowid, subject, sender, recipient, copied, bcc, envelope, file_names, headers, body, marks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        merge = batch.Prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)");
        deleteToIndex = batch.Prepare("DELETE FROM to_index WHERE message_id = ?");
        delete =
        [
            batch.Prepare("DELETE FROM search WHERE rowid = ?"),
            batch.Prepare("DELETE FROM readings WHERE message_id = ?"),
            batch.Prepare("DELETE FROM excerpts WHERE message_id = ?"),
            batch.Prepare("DELETE FROM delivery_words WHERE message_id = ?"),
        ];
    }

    /// <summary>Keeps what was read of a message in the place of what was known before. Does nothing when the message is gone.</summary>
    public void Write(IndexedMessage message)
    {
        deleteToIndex.Bind(1, message.Id.Value).Run();
        var recent = batch.Recent.Find(message.Id);
        var deliveries = Deliveries(message.Id.Value);
        if (deliveries.Count == 0)
            return;
        Remove(message.Id.Value);
        var reading = message.Reading;
        writeReading.Bind(1, message.Id.Value).Bind(2, reading.Snippet)
            .Bind(3, JsonSerializer.Serialize(reading.Attachments, StorageJson.Default.IReadOnlyListMessageAttachment))
            .Bind(4, JsonSerializer.Serialize(reading.Warnings, StorageJson.Default.IReadOnlyListString)).Run();
        if (message.Excerpt.Length > 0)
            insertExcerpt.Bind(1, message.Id.Value).Bind(2, message.Excerpt).Run();
        InsertWords(message, recent?.ToIndex.Summary, [.. deliveries.Select(each => each.MailboxId)]);
        foreach (var each in deliveries)
            Tell(recent, each, reading);
    }

    /// <summary>Merges what messages in this transaction have brought. Each time it writes what is in memory as a segment of its own: so once for many.</summary>
    public void Merge(int messages) => merge.Bind(1, Math.Min(MergedPages * messages, MergedPagesAtOnce)).Run();

    /// <summary>Forgets what was read of a message.</summary>
    public void Remove(long messageId)
    {
        if (!selectReading.Bind(1, messageId).TryReadRow([]))
            return;
        foreach (var each in delete)
            each.Bind(1, messageId).Run();
    }

    private void InsertWords(IndexedMessage message, HeaderSummary? summary, List<int> mailboxIds)
    {
        var document = message.Document with
        {
            Recipients = string.Join(' ', message.Deliveries.Select(each => each.Recipients)),
            Bcc = string.Join(' ', message.Deliveries.Select(each => each.Bcc)),
        };
        insert.Bind(1, message.Id.Value);
        for (var i = 0; i < Columns.Length; i++)
            insert.Bind(i + 2, document[Columns[i]]);
        summary ??= selectSummary.Read(message.Id.Value) ?? HeaderSummary.Empty;
        insert.Bind(Columns.Length + 2, SqliteMarks.Of(message with { Document = document }, summary, mailboxIds)).Run();
        if (message.Deliveries.Count < 2)
            return;
        foreach (var each in message.Deliveries)
            insertWords.Bind(1, message.Id.Value).Bind(2, each.MailboxId).Bind(3, each.Recipients).Bind(4, each.Bcc).Run();
    }

    // What is remembered of the message needs not be read again.
    private void Tell(RecentMessage? recent, StoredDelivery delivery, MessageReading reading)
    {
        if (!delivery.HasTags && recent?.Stored.FirstOrDefault(each => each.MailboxId == delivery.MailboxId) is Message stored)
            batch.Happened(new MessageChanged(stored with { Flags = delivery.Flags, Reading = reading }));
        else
            batch.MessageChanged(delivery.MailboxId, delivery.Uid);
    }

    private List<StoredDelivery> Deliveries(long messageId)
    {
        List<StoredDelivery> deliveries = [];
        Span<long> row = [0, 0, 0, 0];
        while (selectDelivery.Bind(1, messageId).Bind(2, row[0]).TryReadRow(row))
            deliveries.Add(new((int)row[0], row[1], (MessageFlags)row[2], row[3] != 0));
        return deliveries;
    }

    private readonly record struct StoredDelivery(int MailboxId, long Uid, MessageFlags Flags, bool HasTags);
}
