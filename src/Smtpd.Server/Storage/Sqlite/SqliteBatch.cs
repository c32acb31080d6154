using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>One transaction of the writer and the statements that run in it. Used by the writer's thread only.</summary>
internal sealed class SqliteBatch : IDisposable
{
    private readonly Action<StorageStep>? before;
    private readonly SqliteConnection connection;
    private readonly List<SqliteStatement> statements = [];

    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement insertMessage;
    private readonly SqliteStatement insertContent;
    private readonly SqliteStatement insertDelivery;
    private readonly SqliteStatement insertMailbox;
    private readonly SqliteStatement deleteMailbox;
    private readonly SqliteStatement selectMailbox;
    private readonly SqliteStatement updateMailbox;
    private readonly SqliteStatement selectDelivery;
    private readonly SqliteStatement selectNextDelivery;
    private readonly SqliteStatement selectOtherDelivery;
    private readonly SqliteStatement deleteDelivery;
    private readonly SqliteStatement deleteContent;
    private readonly SqliteStatement deleteMessage;
    private readonly SqliteStatement selectUser;
    private readonly SqliteStatement insertCredential;
    private readonly SqliteStatement updateCredential;
    private readonly SqliteStatement deleteCredential;
    private readonly SqliteStatement selectAddress;
    private readonly SqliteStatement insertAddress;
    private readonly SqliteStatement deleteAddress;

    // The state of each mailbox touched by this batch: written once at its end, however many messages came.
    private readonly Dictionary<int, MailboxState> mailboxes = [];

    public SqliteBatch(SqliteConnection connection, Action<StorageStep>? before)
    {
        this.connection = connection;
        this.before = before;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        insertMessage = Prepare("""
        INSERT INTO messages (id, received_at, size, sha256, sender, recipient_count, helo, remote_address, received_by, protocol, in_file, summary, tls, user)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);
        insertContent = Prepare("INSERT INTO contents (message_id, octets) VALUES (?, ?)");
        insertDelivery = Prepare("INSERT INTO deliveries (mailbox_id, uid, message_id, recipients) VALUES (?, ?, ?, ?)");
        insertMailbox = Prepare("INSERT INTO mailboxes (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id");
        deleteMailbox = Prepare("DELETE FROM mailboxes WHERE id = ?");
        selectMailbox = Prepare("SELECT next_uid, message_count, message_bytes FROM mailboxes WHERE id = ?");
        updateMailbox = Prepare("UPDATE mailboxes SET next_uid = ?2, message_count = ?3, message_bytes = ?4 WHERE id = ?1");
        selectDelivery = Prepare("""
        SELECT d.message_id, m.size, m.in_file FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.mailbox_id = ? AND d.uid = ?
        """);
        selectNextDelivery = Prepare("SELECT uid FROM deliveries WHERE mailbox_id = ? AND uid < ? ORDER BY uid LIMIT 1");
        selectOtherDelivery = Prepare("SELECT 1 FROM deliveries WHERE message_id = ? LIMIT 1");
        deleteDelivery = Prepare("DELETE FROM deliveries WHERE mailbox_id = ? AND uid = ?");
        deleteContent = Prepare("DELETE FROM contents WHERE message_id = ?");
        deleteMessage = Prepare("DELETE FROM messages WHERE id = ?");
        selectUser = Prepare("SELECT 1 FROM credentials WHERE user_key = ?");
        insertCredential = Prepare("""
        INSERT INTO credentials (user_key, user, mailbox_id, verifier, clear_secret) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1
        """);
        updateCredential = Prepare("UPDATE credentials SET verifier = ?2, clear_secret = ?3 WHERE user_key = ?1 RETURNING 1");
        deleteCredential = Prepare("DELETE FROM credentials WHERE user_key = ? RETURNING 1");
        selectAddress = Prepare("SELECT 1 FROM addresses WHERE address_key = ?");
        insertAddress = Prepare("INSERT INTO addresses (address_key, address, mailbox_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1");
        deleteAddress = Prepare("DELETE FROM addresses WHERE address_key = ? RETURNING 1");
    }

    public void Begin()
    {
        before?.Invoke(StorageStep.BeginTransaction);
        begin.Run();
    }

    public void Commit()
    {
        foreach ((var id, var state) in mailboxes)
        {
            before?.Invoke(StorageStep.UpdateMailbox);
            updateMailbox.Bind(1, id).Bind(2, state.NextUid).Bind(3, state.Messages).Bind(4, state.Bytes).Run();
        }

        mailboxes.Clear();
        before?.Invoke(StorageStep.Commit);
        commit.Run();
    }

    /// <summary>The transaction is rolled back.</summary>
    public void Forget() => mailboxes.Clear();

    /// <summary>Adds the message.</summary>
    /// <param name="uids">Set to the UID of each delivery, in their order.</param>
    /// <returns>False, and nothing is added, when one of its mailboxes does not exist.</returns>
    public bool TryAdd(NewMessage message, SpooledContent content, ReadOnlySpan<byte> sha256, Span<long> uids)
    {
        foreach (var each in message.Deliveries)
        {
            if (!TryTouch(each.MailboxId))
                return false;
        }

        var envelope = message.Envelope;
        before?.Invoke(StorageStep.InsertMessage);
        insertMessage.Bind(1, message.Id.Value).Bind(2, message.ReceivedAt.ToUnixTimeMilliseconds()).Bind(3, content.Length).Bind(4, sha256)
            .Bind(5, envelope.Sender).Bind(6, envelope.RecipientCount).Bind(7, envelope.Helo).Bind(8, envelope.RemoteAddress)
            .Bind(9, envelope.ReceivedBy).Bind(10, envelope.Protocol).Bind(11, content.IsInFile ? 1 : 0)
            .Bind(12, JsonSerializer.Serialize(message.Summary, StorageJson.Default.HeaderSummary)).Bind(13, envelope.Tls).Bind(14, envelope.User).Run();
        if (!content.IsInFile)
        {
            before?.Invoke(StorageStep.InsertContent);
            insertContent.Bind(1, message.Id.Value).Bind(2, content.Octets).Run();
        }

        for (var i = 0; i < message.Deliveries.Count; i++)
        {
            var delivery = message.Deliveries[i];
            ref var state = ref CollectionsMarshal.GetValueRefOrNullRef(mailboxes, delivery.MailboxId);
            uids[i] = state.NextUid++;
            state.Messages++;
            state.Bytes += content.Length;
            before?.Invoke(StorageStep.InsertDelivery);
            insertDelivery.Bind(1, delivery.MailboxId).Bind(2, uids[i]).Bind(3, message.Id.Value)
                .Bind(4, JsonSerializer.Serialize(delivery.Recipients, StorageJson.Default.IReadOnlyListString)).Run();
        }

        return true;
    }

    /// <summary>Takes a message out of a mailbox; with the last delivery goes the message.</summary>
    /// <param name="files">Takes the id when a content file has become useless.</param>
    public bool TryRemove(int mailboxId, long uid, List<MessageId> files)
    {
        Span<long> row = stackalloc long[3];
        if (!TryTouch(mailboxId) || !selectDelivery.Bind(1, mailboxId).Bind(2, uid).TryReadRow(row))
            return false;
        (var messageId, var size, var inFile) = (row[0], row[1], row[2] != 0);
        deleteDelivery.Bind(1, mailboxId).Bind(2, uid).Run();
        ref var state = ref CollectionsMarshal.GetValueRefOrNullRef(mailboxes, mailboxId);
        state.Messages--;
        state.Bytes -= size;
        if (selectOtherDelivery.Bind(1, messageId).TryReadRow([]))
            return true;
        deleteContent.Bind(1, messageId).Run();
        deleteMessage.Bind(1, messageId).Run();
        if (inFile)
            files.Add(new MessageId(messageId));
        return true;
    }

    /// <summary>Removes up to <paramref name="count"/> messages with a UID below <paramref name="limit"/>, the oldest first.</summary>
    public int RemoveSome(int mailboxId, long limit, int count, List<MessageId> files)
    {
        Span<long> uid = stackalloc long[1];
        var removed = 0;
        while (removed < count && selectNextDelivery.Bind(1, mailboxId).Bind(2, limit).TryReadRow(uid) && TryRemove(mailboxId, uid[0], files))
            removed++;
        return removed;
    }

    /// <returns>The UID that the next message will get, or <c>null</c> when there is no such mailbox.</returns>
    public long? NextUid(int mailboxId) => TryTouch(mailboxId) ? mailboxes[mailboxId].NextUid : null;

    /// <summary>Adds a mailbox with what leads to it, or nothing when something of it is <paramref name="taken"/>.</summary>
    public int? TryAddMailbox(NewMailbox mailbox, DateTimeOffset now, out string? taken)
    {
        taken = mailbox.Credentials.FirstOrDefault(each => selectUser.Bind(1, MailboxCredential.KeyOf(each.User)).TryReadRow([]))?.User
            ?? mailbox.Addresses.Where(each => selectAddress.Bind(1, each.Key).TryReadRow([])).Select(each => each.Text).FirstOrDefault();
        if (taken is not null)
            return null;
        Span<long> row = stackalloc long[1];
        if (!insertMailbox.Bind(1, mailbox.Settings.Name).Bind(2, now.ToUnixTimeMilliseconds()).TryReadRow(row))
        {
            taken = mailbox.Settings.Name;
            return null;
        }

        var id = (int)row[0];
        foreach (var each in mailbox.Credentials)
            TryAddCredential(each with { MailboxId = id });
        foreach (var each in mailbox.Addresses)
            TryAddAddress(new(each, id));
        return id;
    }

    /// <returns>False when the user is there already.</returns>
    public bool TryAddCredential(MailboxCredential credential) =>
        insertCredential.Bind(1, MailboxCredential.KeyOf(credential.User)).Bind(2, credential.User).Bind(3, credential.MailboxId)
            .Bind(4, credential.Verifier).Bind(5, credential.ClearSecret).TryReadRow([]);

    public bool TryChangePassword(string user, string verifier, string? clearSecret) =>
        updateCredential.Bind(1, MailboxCredential.KeyOf(user)).Bind(2, verifier).Bind(3, clearSecret).TryReadRow([]);

    public bool TryRemoveCredential(string user) => deleteCredential.Bind(1, MailboxCredential.KeyOf(user)).TryReadRow([]);

    /// <returns>False when the address is there already.</returns>
    public bool TryAddAddress(MailboxAddress address) =>
        insertAddress.Bind(1, address.Rule.Key).Bind(2, address.Rule.Text).Bind(3, address.MailboxId).TryReadRow([]);

    public bool TryRemoveAddress(string key) => deleteAddress.Bind(1, key).TryReadRow([]);

    /// <summary>Removes a mailbox that is already empty.</summary>
    public bool TryRemoveMailbox(int mailboxId)
    {
        if (!TryTouch(mailboxId))
            return false;
        mailboxes.Remove(mailboxId);
        deleteMailbox.Bind(1, mailboxId).Run();
        return true;
    }

    public void Dispose()
    {
        foreach (var each in statements)
            each.Dispose();
    }

    private SqliteStatement Prepare(string sql)
    {
        SqliteStatement statement = new(connection, sql);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Whether the mailbox exists; from then on its counters are kept for the end of the batch.</summary>
    public bool TryTouch(int mailboxId)
    {
        if (mailboxes.ContainsKey(mailboxId))
            return true;
        Span<long> row = stackalloc long[3];
        if (!selectMailbox.Bind(1, mailboxId).TryReadRow(row))
            return false;
        mailboxes.Add(mailboxId, new MailboxState { NextUid = row[0], Messages = row[1], Bytes = row[2] });
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct MailboxState
    {
        public long NextUid;
        public long Messages;
        public long Bytes;
    }
}
