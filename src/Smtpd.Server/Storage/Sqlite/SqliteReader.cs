using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>A few read-only connections. Readers never wait for the writer (WAL), only for each other.</summary>
internal sealed class SqliteReader(string directory, int connections) : IDisposable
{
    private const string SelectMessages = """
        SELECT d.mailbox_id, d.uid, m.id, m.received_at, m.size, m.sha256, m.sender, m.recipient_count, m.helo, m.remote_address, m.received_by,
               m.protocol, d.recipients, m.summary, d.flags, m.tls, m.user
        FROM deliveries d JOIN messages m ON m.id = d.message_id
        """;

    private const string SelectCredentials = "SELECT user, mailbox_id, verifier, clear_secret FROM credentials";

    private const string SelectMailboxes = "SELECT id, name, created_at, message_count, message_bytes FROM mailboxes";

    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private readonly SemaphoreSlim free = new(connections, connections);

    public Task<List<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) =>
        QueryAsync(SelectMailboxes + " ORDER BY id", _ => { }, Mailbox, cancellationToken);

    public async Task<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) =>
        (await QueryAsync(SelectMailboxes + " WHERE id = $id", parameters => parameters.AddWithValue("$id", mailboxId), Mailbox, cancellationToken)).FirstOrDefault();

    public Task<List<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken)
    {
        var sql = SelectMessages + (query.Descending
            ? " WHERE d.mailbox_id = $mailbox AND d.uid < $after ORDER BY d.uid DESC LIMIT $limit"
            : " WHERE d.mailbox_id = $mailbox AND d.uid > $after ORDER BY d.uid LIMIT $limit");
        return QueryAsync(sql, parameters =>
        {
            parameters.AddWithValue("$mailbox", mailboxId);
            parameters.AddWithValue("$after", query.After ?? (query.Descending ? long.MaxValue : 0));
            parameters.AddWithValue("$limit", query.Limit);
        }, Message, cancellationToken);
    }

    public async Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) =>
        (await OneAsync(SelectMessages, mailboxId, uid, Message, cancellationToken)).FirstOrDefault();

    /// <returns>The message's id and its octets, <c>null</c> instead of octets when they are in a file.</returns>
    public async Task<(MessageId Id, byte[]? Octets)?> FindContentAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT d.message_id, c.octets FROM deliveries d LEFT JOIN contents c ON c.message_id = d.message_id";
        var rows = await OneAsync(
            Sql, mailboxId, uid, row => (new MessageId(row.GetInt64(0)), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) =>
        (await QueryAsync(SelectCredentials + " WHERE user_key = $key", parameters => parameters.AddWithValue("$key", MailboxCredential.KeyOf(user)), Credential, cancellationToken))
        .FirstOrDefault();

    public Task<List<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) =>
        QueryAsync(SelectCredentials + " WHERE mailbox_id = coalesce($mailbox, mailbox_id) ORDER BY user_key",
            parameters => parameters.AddWithValue("$mailbox", (object?)mailboxId ?? DBNull.Value), Credential, cancellationToken);

    public async Task<byte[]> ReadSecretAsync(string name, CancellationToken cancellationToken) =>
        (await QueryAsync("SELECT octets FROM secrets WHERE name = $name", parameters => parameters.AddWithValue("$name", name),
            row => row.GetFieldValue<byte[]>(0), cancellationToken)).Single();

    public async Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken)
    {
        var rows = await QueryAsync("SELECT address, mailbox_id FROM addresses WHERE mailbox_id = coalesce($mailbox, mailbox_id) ORDER BY address_key",
            parameters => parameters.AddWithValue("$mailbox", (object?)mailboxId ?? DBNull.Value), row => (row.GetString(0), row.GetInt32(1)), cancellationToken);
        return [.. rows.Select(each => AddressRule.TryParse(each.Item1, out var rule) ? new MailboxAddress(rule, each.Item2) : null)
            .OfType<MailboxAddress>().Where(each => kind is null || each.Rule.Kind == kind)];
    }

    /// <summary>Ids of messages whose content is in a file.</summary>
    public Task<List<MessageId>> ListFilesAsync(CancellationToken cancellationToken) =>
        QueryAsync("SELECT id FROM messages WHERE in_file = 1", _ => { }, row => new MessageId(row.GetInt64(0)), cancellationToken);

    public void Dispose()
    {
        foreach (var each in idle)
            each.Dispose();
        free.Dispose();
    }

    private Task<List<T>> OneAsync<T>(string select, int mailboxId, long uid, Func<SqliteDataReader, T> read, CancellationToken cancellationToken) =>
        QueryAsync(select + " WHERE d.mailbox_id = $mailbox AND d.uid = $uid", parameters =>
        {
            parameters.AddWithValue("$mailbox", mailboxId);
            parameters.AddWithValue("$uid", uid);
        }, read, cancellationToken);

    private async Task<List<T>> QueryAsync<T>(
        string sql, Action<SqliteParameterCollection> bind, Func<SqliteDataReader, T> read, CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken);
        try
        {
            if (!idle.TryTake(out var connection))
                connection = SqliteDatabase.OpenForReading(directory);
            var rows = Query(connection, sql, bind, read);
            idle.Add(connection);
            return rows;
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException("Reading failed: " + e.Message, e);
        }
        finally
        {
            free.Release();
        }
    }

    private static List<T> Query<T>(SqliteConnection connection, string sql, Action<SqliteParameterCollection> bind, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // put together from constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        bind(command.Parameters);
        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private static Mailbox Mailbox(SqliteDataReader row) =>
        new(row.GetInt32(0), new MailboxSettings(row.GetString(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), row.GetInt64(3), row.GetInt64(4), 0);

    private static MailboxCredential Credential(SqliteDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3));

    private static Message Message(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetInt64(1), new MessageId(row.GetInt64(2)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
        row.GetInt64(4), row.GetFieldValue<byte[]>(5),
        new MessageEnvelope(row.GetString(6), row.GetInt32(7), row.GetString(8), row.IsDBNull(9) ? null : row.GetString(9), row.GetString(10), row.GetString(11),
            row.IsDBNull(15) ? null : row.GetString(15), row.IsDBNull(16) ? null : row.GetString(16)),
        JsonSerializer.Deserialize(row.GetString(12), StorageJson.Default.IReadOnlyListString) ?? [],
        JsonSerializer.Deserialize(row.GetString(13), StorageJson.Default.HeaderSummary) ?? HeaderSummary.Empty,
        (MessageFlags)row.GetInt32(14));
}
