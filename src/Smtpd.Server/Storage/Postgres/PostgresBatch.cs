using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>One transaction of the writer: all of its messages, or none. Two round trips: the mailboxes' locks, and everything else with the commit.</summary>
internal sealed class PostgresBatch(IReadOnlyList<PostgresStoreWork> works, PostgresNode node, Action<StorageStep>? before)
{
    private readonly List<PostgresStoreWork> accepted = [];
    private PostgresTransaction? transaction;

    /// <summary>From here on a failure may have come after the commit.</summary>
    public bool IsCommitSent { get; private set; }

    public bool IsEmpty => accepted.Count == 0;

    public IEnumerable<MessageId> Ids => accepted.Select(each => each.Message.Id);

    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        before?.Invoke(StorageStep.BeginTransaction);
        transaction = new(connection);
        var mailboxes = await LockAsync(transaction, cancellationToken);
        Accept(mailboxes);
        if (IsEmpty)
        {
            await transaction.RollBackAsync(cancellationToken);
            return;
        }

        var inserts = transaction.Batch();
        AddInserts(inserts);
        foreach (var each in mailboxes.Values)
            before?.Invoke(StorageStep.UpdateMailbox);
        if (mailboxes.Values.Any(each => each.IsOverLimit))
        {
            await inserts.ExecuteNonQueryAsync(cancellationToken);
            await inserts.DisposeAsync();
            inserts = null;
            foreach (var each in mailboxes.Values.Where(each => each.IsOverLimit).OrderBy(each => each.Id))
                // The newest stays, whatever its size.
                await PostgresLimits.TrimAsync(transaction, each.Id, each.ExcessMessages, each.ExcessBytes, each.NextUid - 1, cancellationToken);
        }

        before?.Invoke(StorageStep.Commit);
        IsCommitSent = true;
        // What came is told before what went for it, as it may be the same.
        transaction.Events.InsertRange(0, accepted.SelectMany(each => each.Stored()).Select(message => new MessageStored(message)));
        await transaction.CommitAsync(inserts, node, cancellationToken);
    }

    public Task RollBackAsync(CancellationToken cancellationToken) => transaction?.RollBackAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>What happened in it, to be told once it is committed.</summary>
    public IReadOnlyList<MailEvent> Events => transaction!.Events;

    /// <summary>Messages whose content files may go once it is committed.</summary>
    public IReadOnlyList<MessageId> UselessFiles => transaction!.UselessFiles;

    /// <summary>It is committed: answers those who wait.</summary>
    public void Answer()
    {
        foreach (var each in accepted)
            each.Answer(each.Stored());
        foreach (var each in works.Except(accepted))
            each.Refuse(StoreOutcome.NoMailbox);
    }

    /// <summary>It is not known whether it is committed: content files stay where they are.</summary>
    public void LeaveFiles()
    {
        foreach (var each in accepted.Where(each => each.Content.IsInFile))
            each.Content.Release();
    }

    private async Task<Dictionary<int, PostgresMailboxState>> LockAsync(PostgresTransaction transaction, CancellationToken cancellationToken)
    {
        int[] ids = [.. works.SelectMany(each => each.Message.Deliveries).Select(each => each.MailboxId).Distinct()];
        var rows = await transaction.QueryAsync($"SELECT {PostgresMailboxState.Columns} FROM mailboxes WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            PostgresMailboxState.Read, cancellationToken, ids);
        return rows.ToDictionary(each => each.Id);
    }

    private void Accept(Dictionary<int, PostgresMailboxState> mailboxes)
    {
        foreach (var each in works)
        {
            if (!each.Message.Deliveries.All(delivery => mailboxes.ContainsKey(delivery.MailboxId)))
                continue;
            accepted.Add(each);
            for (var i = 0; i < each.Uids.Length; i++)
            {
                var mailbox = mailboxes[each.Message.Deliveries[i].MailboxId];
                each.Uids[i] = mailbox.NextUid;
                mailboxes[mailbox.Id] = mailbox with { NextUid = mailbox.NextUid + 1, Messages = mailbox.Messages + 1, Bytes = mailbox.Bytes + each.Content.Length };
                transaction!.Count(mailbox.Id, messages: 1, each.Content.Length, unread: 1, uids: 1);
            }
        }
    }

    private void AddInserts(NpgsqlBatch batch)
    {
        foreach (var each in accepted)
            before?.Invoke(StorageStep.InsertMessage);
        batch.BatchCommands.Add(PostgresCommand.Of("""
            INSERT INTO messages (id, received_at, size, sha256, sender, recipient_count, helo, remote_address, received_by, protocol, tls, user_name, in_file, summary)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                                 $13::boolean[], $14::text[])
            """,
            Column(each => each.Message.Id.Value), Column(each => each.Message.ReceivedAt.ToUnixTimeMilliseconds()), Column(each => each.Content.Length), Column(each => each.Sha256),
            Text(each => each.Sender), Column(each => each.Message.Envelope.RecipientCount), Text(each => each.Helo), Text(each => each.RemoteAddress), Text(each => each.ReceivedBy),
            Text(each => each.Protocol), Text(each => each.Tls), Text(each => each.User), Column(each => each.Content.IsInFile),
            Column(each => JsonSerializer.Serialize(each.Message.Summary, StorageJson.Default.HeaderSummary))));
        AddContents(batch);
        AddDeliveries(batch);
        batch.BatchCommands.Add(PostgresCommand.Of("INSERT INTO to_index (message_id) SELECT unnest($1::bigint[])", Column(each => each.Message.Id.Value)));
        List<PostgresStoreWork> heard = [.. accepted.Where(each => each.Message.Transcript is not null)];
        if (heard.Count > 0)
            batch.BatchCommands.Add(PostgresCommand.Of("INSERT INTO transcripts (message_id, text) SELECT * FROM unnest($1::bigint[], $2::text[])",
                heard.Select(each => each.Message.Id.Value).ToArray(), heard.Select(each => PostgresCommand.Clean(each.Message.Transcript!)).ToArray()));
    }

    private void AddContents(NpgsqlBatch batch)
    {
        List<PostgresStoreWork> inline = [.. accepted.Where(each => !each.Content.IsInFile)];
        if (inline.Count == 0)
            return;
        foreach (var each in inline)
            before?.Invoke(StorageStep.InsertContent);
        var command = PostgresCommand.Of("INSERT INTO contents (message_id, octets) SELECT * FROM unnest($1::bigint[], $2::bytea[])", inline.Select(each => each.Message.Id.Value).ToArray());
        // As memory: an array for each would be one more copy of the mail.
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. inline.Select(each => each.Content.Memory)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        batch.BatchCommands.Add(command);
    }

    private void AddDeliveries(NpgsqlBatch batch)
    {
        List<(int MailboxId, long Uid, long MessageId, long ReceivedAt, string Recipients)> rows = [];
        foreach (var each in accepted)
        {
            for (var i = 0; i < each.Uids.Length; i++)
            {
                before?.Invoke(StorageStep.InsertDelivery);
                var delivery = each.Message.Deliveries[i];
                rows.Add((delivery.MailboxId, each.Uids[i], each.Message.Id.Value, each.Message.ReceivedAt.ToUnixTimeMilliseconds(),
                    JsonSerializer.Serialize(delivery.Recipients, StorageJson.Default.IReadOnlyListString)));
            }
        }

        batch.BatchCommands.Add(PostgresCommand.Of("""
            INSERT INTO deliveries (mailbox_id, uid, message_id, received_at, recipients) SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
            """, rows.Select(each => each.MailboxId).ToArray(), rows.Select(each => each.Uid).ToArray(), rows.Select(each => each.MessageId).ToArray(),
            rows.Select(each => each.ReceivedAt).ToArray(), rows.Select(each => each.Recipients).ToArray()));
    }

    private T[] Column<T>(Func<PostgresStoreWork, T> of) => [.. accepted.Select(of)];

    private string?[] Text(Func<MessageEnvelope, string?> of) => [.. accepted.Select(each => PostgresCommand.CleanOrNull(of(each.Message.Envelope)))];
}
