using System.Text.Json;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>What is read out of messages after their commit.</summary>
internal sealed partial class PostgresMessageStore
{
    // Beyond this the backlog is only known to be at least as much: counting all of it would read all of it.
    private const long MostCounted = 100_000;

    public async Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken) => await WriteAsync(async transaction =>
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        // What another node is claiming right now is passed over, not waited for.
        var rows = await transaction.QueryAsync("""
            WITH claimed AS (
              UPDATE to_index SET claimed_until = $3
              WHERE message_id IN (SELECT message_id FROM to_index WHERE claimed_until <= $1 ORDER BY message_id LIMIT $2 FOR UPDATE SKIP LOCKED)
              RETURNING message_id
            )
            SELECT m.id, m.summary, d.mailbox_id, d.recipients FROM claimed c JOIN messages m ON m.id = c.message_id JOIN deliveries d ON d.message_id = m.id ORDER BY m.id, d.mailbox_id
            """, row => (Id: new MessageId(row.GetInt64(0)), Summary: row.GetString(1), Delivery: new Delivery(row.GetInt32(2), Recipients(row.GetString(3)))),
            cancellationToken, now, limit, now + PostgresRows.Milliseconds(patience));
        // All at once: a question for each costs more than reading it.
        var contents = (await transaction.QueryAsync("SELECT message_id, octets FROM contents WHERE message_id = ANY($1) AND octet_length(octets) <= $2",
            row => (Id: row.GetInt64(0), Octets: row.GetFieldValue<byte[]>(1)), cancellationToken, rows.Select(each => each.Id.Value).Distinct().ToArray(), MessageToIndex.LargestContent))
            .ToDictionary(each => each.Id, each => each.Octets);
        return (IReadOnlyList<MessageToIndex>)[.. rows.GroupBy(each => each.Id).Select(each => new MessageToIndex(
            each.Key, JsonSerializer.Deserialize(each.First().Summary, StorageJson.Default.HeaderSummary) ?? HeaderSummary.Empty, [.. each.Select(one => one.Delivery)]) { Content = contents.GetValueOrDefault(each.Key.Value) })];
    }, cancellationToken);

    public async Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT c.octets FROM messages m LEFT JOIN contents c ON c.message_id = m.id WHERE m.id = $1";
        var rows = await pool.QueryAsync(Sql, row => row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), cancellationToken, id.Value);
        return rows.Count == 0 ? null : await files.OpenAsync(id, rows[0], async () => (await pool.QueryAsync("SELECT 1 FROM messages WHERE id = $1", _ => true, cancellationToken, id.Value)).Count > 0, cancellationToken);
    }

    public async Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return;
        await WriteAsync(async transaction =>
        {
            // Held against deletion, which would leave behind what comes after it.
            var there = (await transaction.QueryAsync("SELECT id, summary FROM messages WHERE id = ANY($1) ORDER BY id FOR KEY SHARE", row => (Id: row.GetInt64(0), Summary: row.GetString(1)),
                cancellationToken, messages.Select(each => each.Id.Value).ToArray())).ToDictionary(each => each.Id, each => JsonSerializer.Deserialize(each.Summary, StorageJson.Default.HeaderSummary)?.MessageId);
            List<IndexedMessage> indexed = [.. messages.Where(each => there.ContainsKey(each.Id.Value)).DistinctBy(each => each.Id)];
            if (indexed.Count == 0)
                return 0;
            long[] ids = [.. indexed.Select(each => each.Id.Value)];
            await InsertReadingsAsync(transaction, ids, indexed, there, cancellationToken);
            foreach (var each in await transaction.QueryAsync(
                $"SELECT {PostgresRows.MessageColumns} FROM deliveries d {PostgresRows.MessageTables} WHERE d.message_id = ANY($1) ORDER BY d.message_id, d.mailbox_id",
                PostgresRows.Message, cancellationToken, ids))
                transaction.Events.Add(new MessageChanged(each));
            return indexed.Count;
        }, cancellationToken);
    }

    public async Task<long> CountToIndexAsync(CancellationToken cancellationToken) =>
        (await pool.QueryAsync("SELECT count(*) FROM (SELECT FROM to_index LIMIT $1) v", row => row.GetInt64(0), cancellationToken, MostCounted)).Single();

    private static async Task InsertReadingsAsync(
        PostgresTransaction transaction, long[] ids, List<IndexedMessage> indexed, Dictionary<long, string?> messageIds, CancellationToken cancellationToken)
    {
        await using var batch = transaction.Batch();
        batch.BatchCommands.Add(PostgresCommand.Of("""
            INSERT INTO readings (message_id, reading, excerpt) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
            ON CONFLICT (message_id) DO UPDATE SET reading = excluded.reading, excerpt = excluded.excerpt
            """, ids, indexed.Select(each => JsonSerializer.Serialize(each.Reading, StorageJson.Default.MessageReading)).ToArray(), indexed.Select(each => PostgresCommand.Clean(each.Excerpt)).ToArray()));
        batch.BatchCommands.Add(PostgresCommand.Of("""
            INSERT INTO words (message_id, words) SELECT id, words::tsvector FROM unnest($1::bigint[], $2::text[]) v (id, words)
            ON CONFLICT (message_id) DO UPDATE SET words = excluded.words
            """, ids, indexed.Select(each => SearchWordsText.Of(each, messageIds[each.Id.Value])).ToArray()));
        batch.BatchCommands.Add(PostgresCommand.Of("DELETE FROM to_index WHERE message_id = ANY($1)", ids));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static IReadOnlyList<string> Recipients(string json) => JsonSerializer.Deserialize(json, StorageJson.Default.IReadOnlyListString) ?? [];
}
