using System.Text.Json;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Messages come and go: statements of the writer's transaction.</summary>
internal sealed class SqliteMessages
{
    /// <summary>A transaction that deletes more would keep arriving mail waiting.</summary>
    public const int RemovedPerTransaction = 200;

    private static readonly string[] OfOneMessage = ["contents", "transcripts", "to_index"];

    private readonly SqliteBatch batch;
    private readonly SqliteStatement insertMessage;
    private readonly SqliteStatement insertContent;
    private readonly SqliteStatement insertDelivery;
    private readonly SqliteStatement insertTranscript;
    private readonly SqliteStatement insertToIndex;
    private readonly SqliteStatement selectDelivery;
    private readonly SqliteStatement selectFirstBelow;
    private readonly SqliteStatement selectOldest;
    private readonly SqliteStatement selectOtherDelivery;
    private readonly SqliteStatement deleteDelivery;
    private readonly SqliteStatement[] deleteMessage;

    public SqliteMessages(SqliteBatch batch)
    {
        this.batch = batch;
        insertMessage = batch.Prepare("""
            INSERT INTO messages (id, received_at, size, sha256, sender, recipient_count, helo, remote_address, received_by, protocol, in_file, summary, tls, user)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        insertContent = batch.Prepare("INSERT INTO contents (message_id, octets) VALUES (?, ?)");
        insertDelivery = batch.Prepare("INSERT INTO deliveries (mailbox_id, uid, message_id, recipients, received_at) VALUES (?, ?, ?, ?, ?)");
        insertTranscript = batch.Prepare("INSERT INTO transcripts (message_id, text) VALUES (?, ?)");
        insertToIndex = batch.Prepare("INSERT INTO to_index (message_id) VALUES (?)");
        selectDelivery = batch.Prepare("""
            SELECT d.message_id, m.size, m.in_file, d.flags, d.tags IS NOT NULL
            FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.mailbox_id = ? AND d.uid = ?
            """);
        selectFirstBelow = batch.Prepare("SELECT uid FROM deliveries WHERE mailbox_id = ? AND uid < ? ORDER BY uid LIMIT 1");
        selectOldest = batch.Prepare("""
            SELECT uid FROM deliveries WHERE mailbox_id = ? AND flags & 2 = 0 AND received_at < ? AND uid <> ? ORDER BY received_at, uid LIMIT 1
            """);
        selectOtherDelivery = batch.Prepare("SELECT 1 FROM deliveries WHERE message_id = ? LIMIT 1");
        deleteDelivery = batch.Prepare("DELETE FROM deliveries WHERE mailbox_id = ? AND uid = ?");
        deleteMessage =
        [
            .. OfOneMessage.Select(each => batch.Prepare($"DELETE FROM {each} WHERE message_id = ?")),
            batch.Prepare("DELETE FROM messages WHERE id = ?"),
        ];
    }

    /// <summary>Adds the message.</summary>
    /// <param name="uids">Set to the UID of each delivery, in their order.</param>
    /// <returns>False, and nothing is added, when one of its mailboxes does not exist.</returns>
    public bool TryAdd(NewMessage message, SpooledContent content, ReadOnlySpan<byte> sha256, Span<long> uids)
    {
        foreach (var each in message.Deliveries)
        {
            if (batch.Find(each.MailboxId) is null)
                return false;
        }

        AddMessage(message, content, sha256);
        for (var i = 0; i < message.Deliveries.Count; i++)
        {
            var delivery = message.Deliveries[i];
            var state = batch.Find(delivery.MailboxId)!;
            uids[i] = state.NextUid++;
            state.Messages++;
            state.Unread++;
            state.Bytes += content.Length;
            state.HasGrown = true;
            batch.Before(StorageStep.InsertDelivery);
            insertDelivery.Bind(1, delivery.MailboxId).Bind(2, uids[i]).Bind(3, message.Id.Value)
                .Bind(4, JsonSerializer.Serialize(delivery.Recipients, StorageJson.Default.IReadOnlyListString)).Bind(5, message.ReceivedAt.ToUnixTimeMilliseconds()).Run();
        }

        return true;
    }

    /// <summary>Takes a message out of a mailbox; with the last delivery goes the message.</summary>
    /// <param name="files">Takes the id when a content file has become useless.</param>
    public bool TryRemove(int mailboxId, long uid, List<MessageId> files)
    {
        Span<long> row = stackalloc long[5];
        if (batch.Find(mailboxId) is not { } state || !selectDelivery.Bind(1, mailboxId).Bind(2, uid).TryReadRow(row))
            return false;
        (var messageId, var size, var inFile, var flags, var hasTags) = (row[0], row[1], row[2] != 0, (MessageFlags)row[3], row[4] != 0);
        if (hasTags)
            batch.Flags.RemoveTags(mailboxId, uid, messageId);
        if (uid <= state.LeasedUid)
            batch.Leases.Remove(mailboxId, uid);
        deleteDelivery.Bind(1, mailboxId).Bind(2, uid).Run();
        state.Messages--;
        state.Bytes -= size;
        if (!flags.HasFlag(MessageFlags.Read))
            state.Unread--;
        batch.MessageRemoved(mailboxId, uid);
        if (selectOtherDelivery.Bind(1, messageId).TryReadRow([]))
            return true;
        batch.Recent.Deleted(new(messageId));
        batch.Index.Remove(messageId);
        foreach (var each in deleteMessage)
            each.Bind(1, messageId).Run();
        if (inFile)
            files.Add(new MessageId(messageId));
        return true;
    }

    /// <summary>Removes up to <see cref="RemovedPerTransaction"/> messages with a UID below <paramref name="limit"/>, the oldest first.</summary>
    public int RemoveSome(int mailboxId, long limit, List<MessageId> files)
    {
        Span<long> uid = stackalloc long[1];
        var removed = 0;
        while (removed < RemovedPerTransaction && selectFirstBelow.Bind(1, mailboxId).Bind(2, limit).TryReadRow(uid) && TryRemove(mailboxId, uid[0], files))
            removed++;
        return removed;
    }

    /// <summary>Removes up to <see cref="RemovedPerTransaction"/> messages received before, pinned ones excepted.</summary>
    public int RemoveOlder(int mailboxId, DateTimeOffset before, List<MessageId> files)
    {
        var removed = 0;
        while (removed < RemovedPerTransaction && TryRemoveOldest(mailboxId, before.ToUnixTimeMilliseconds(), except: 0, files))
            removed++;
        return removed;
    }

    /// <summary>Removes up to <see cref="RemovedPerTransaction"/> of the oldest messages until the mailbox keeps its limits.</summary>
    /// <param name="except">The UID of a message that stays.</param>
    public int MakeRoom(int mailboxId, SqliteBatch.MailboxState state, long except, List<MessageId> files)
    {
        var removed = 0;
        while (removed < RemovedPerTransaction && state.IsTooFull && TryRemoveOldest(mailboxId, long.MaxValue, except, files))
            removed++;
        return removed;
    }

    private bool TryRemoveOldest(int mailboxId, long before, long except, List<MessageId> files)
    {
        Span<long> uid = stackalloc long[1];
        return selectOldest.Bind(1, mailboxId).Bind(2, before).Bind(3, except).TryReadRow(uid) && TryRemove(mailboxId, uid[0], files);
    }

    private void AddMessage(NewMessage message, SpooledContent content, ReadOnlySpan<byte> sha256)
    {
        var envelope = message.Envelope;
        batch.Before(StorageStep.InsertMessage);
        insertMessage.Bind(1, message.Id.Value).Bind(2, message.ReceivedAt.ToUnixTimeMilliseconds()).Bind(3, content.Length).Bind(4, sha256)
            .Bind(5, envelope.Sender).Bind(6, envelope.RecipientCount).Bind(7, envelope.Helo).Bind(8, envelope.RemoteAddress)
            .Bind(9, envelope.ReceivedBy).Bind(10, envelope.Protocol).Bind(11, content.IsInFile ? 1 : 0)
            .Bind(12, JsonSerializer.Serialize(message.Summary, StorageJson.Default.HeaderSummary)).Bind(13, envelope.Tls).Bind(14, envelope.User).Run();
        insertToIndex.Bind(1, message.Id.Value).Run();
        if (message.Transcript is not null)
            insertTranscript.Bind(1, message.Id.Value).Bind(2, message.Transcript).Run();
        if (content.IsInFile)
            return;
        batch.Before(StorageStep.InsertContent);
        insertContent.Bind(1, message.Id.Value).Bind(2, content.Octets).Run();
    }
}
