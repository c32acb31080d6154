using System.Runtime.InteropServices;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>One transaction: what it changes of mailboxes, and what is to be told and removed when it is over. Begins with its first statement.</summary>
internal sealed class PostgresTransaction(NpgsqlConnection connection)
{
    // All of them locked already, so their order does not matter.
    private readonly Dictionary<int, MailboxCounters> counters = [];
    private bool hasBegun;

    /// <summary>Published here, and to the other nodes, after the commit.</summary>
    public List<MailEvent> Events { get; } = [];

    /// <summary>Whose content files are useless after the commit.</summary>
    public List<MessageId> UselessFiles { get; } = [];

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        await using var batch = Batch();
        batch.BatchCommands.Add(PostgresCommand.Of(sql, values));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        List<T> found = [];
        while (await rows.ReadAsync(cancellationToken))
            found.Add(read(rows));
        return found;
    }

    /// <returns>How many rows it touched.</returns>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var batch = Batch();
        var command = PostgresCommand.Of(sql, values);
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (int)command.RecordsAffected;
    }

    /// <summary>Takes the lock that whoever changes a mailbox holds.</summary>
    /// <returns>False when there is no such mailbox.</returns>
    public async Task<bool> LockAsync(int mailboxId, CancellationToken cancellationToken) =>
        (await QueryAsync("SELECT 1 FROM mailboxes WHERE id = $1 FOR NO KEY UPDATE", _ => true, cancellationToken, mailboxId)).Count > 0;

    /// <summary>Adds to the counters of a mailbox; written at the end.</summary>
    public void Count(int mailboxId, long messages, long bytes, long unread, long uids = 0)
    {
        ref var counter = ref CollectionsMarshal.GetValueRefOrAddDefault(counters, mailboxId, out _);
        counter = new(counter.Messages + messages, counter.Bytes + bytes, counter.Unread + unread, counter.Uids + uids);
    }

    /// <summary>The mailbox goes, and its counters with it.</summary>
    public void ForgetCounters() => counters.Clear();

    /// <summary>Nothing of this is to be kept; what is committed is nothing.</summary>
    public T GiveUp<T>(T result)
    {
        // The server has given it up already, and answers COMMIT with a rollback.
        counters.Clear();
        Events.Clear();
        UselessFiles.Clear();
        return result;
    }

    /// <summary>A batch of statements of this transaction.</summary>
    public NpgsqlBatch Batch()
    {
        NpgsqlBatch batch = new(connection);
        if (!hasBegun)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        hasBegun = true;
        return batch;
    }

    /// <summary>Sends what is left, the counters, the news and the commit in one go.</summary>
    /// <param name="last">The last statements, if they can wait until now.</param>
    public async Task CommitAsync(NpgsqlBatch? last, PostgresNode node, CancellationToken cancellationToken)
    {
        await using var batch = last ?? Batch();
        AddCounters(batch);
        foreach (var each in MailEventText.Write(node.Number, Events))
            batch.BatchCommands.Add(PostgresCommand.Of("SELECT pg_notify($1, $2)", node.Channel, each));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task RollBackAsync(CancellationToken cancellationToken)
    {
        if (!hasBegun)
            return;
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { new NpgsqlBatchCommand("ROLLBACK") } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private void AddCounters(NpgsqlBatch batch)
    {
        if (counters.Count == 0)
            return;
        int[] ids = [.. counters.Keys];
        batch.BatchCommands.Add(PostgresCommand.Of("""
            UPDATE mailboxes m SET next_uid = m.next_uid + v.uids, message_count = m.message_count + v.messages, message_bytes = m.message_bytes + v.bytes, unread_count = m.unread_count + v.unread
            FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) v (id, uids, messages, bytes, unread) WHERE m.id = v.id
            """, ids, Column(each => each.Uids), Column(each => each.Messages), Column(each => each.Bytes), Column(each => each.Unread)));

        long[] Column(Func<MailboxCounters, long> of) => [.. ids.Select(id => of(counters[id]))];
    }

    private readonly record struct MailboxCounters(long Messages, long Bytes, long Unread, long Uids);
}
