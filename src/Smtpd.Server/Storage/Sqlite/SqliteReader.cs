using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>A few read-only connections. Readers never wait for the writer (WAL), only for each other.</summary>
internal sealed class SqliteReader(string directory, int connections) : IDisposable
{
    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private readonly SemaphoreSlim free = new(connections, connections);

    public Task<List<Project>> ListProjectsAsync(CancellationToken cancellationToken) =>
        QueryAsync(SqliteRows.SelectProjects + " ORDER BY id", _ => { }, SqliteRows.Project, cancellationToken);

    public Task<List<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) =>
        QueryAsync(SqliteRows.SelectMailboxes + " ORDER BY id", _ => { }, SqliteRows.Mailbox, cancellationToken);

    public Task<List<Mailbox>> ListMailboxesAsync(MailboxQuery query, CancellationToken cancellationToken)
    {
        var ofProject = query.ProjectId is null ? "" : " AND project_id = $project";
        return QueryAsync(SqliteRows.SelectMailboxes + $" WHERE id > $after{ofProject} ORDER BY id LIMIT $limit", parameters =>
        {
            parameters.AddWithValue("$after", query.After);
            parameters.AddWithValue("$limit", query.Limit);
            if (query.ProjectId is int project)
                parameters.AddWithValue("$project", project);
        }, SqliteRows.Mailbox, cancellationToken);
    }

    public async Task<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) => (await QueryAsync(
        SqliteRows.SelectMailboxes + " WHERE id = $id", parameters => parameters.AddWithValue("$id", mailboxId), SqliteRows.Mailbox, cancellationToken)).FirstOrDefault();

    public async Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken) => (await QueryAsync(
        SqliteRows.SelectMailboxes + " WHERE name = $name", parameters => parameters.AddWithValue("$name", name), SqliteRows.Mailbox, cancellationToken)).FirstOrDefault();

    public Task<List<int>> ListExpiredMailboxesAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        QueryAsync("SELECT id FROM mailboxes WHERE expires_at <= $now ORDER BY expires_at LIMIT $limit", parameters =>
        {
            parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
            parameters.AddWithValue("$limit", limit);
        }, row => row.GetInt32(0), cancellationToken);

    public Task<List<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken)
    {
        var sql = SqliteRows.SelectMessages + (query.Descending
            ? " WHERE d.mailbox_id = $mailbox AND d.uid < $after ORDER BY d.uid DESC LIMIT $limit"
            : " WHERE d.mailbox_id = $mailbox AND d.uid > $after ORDER BY d.uid LIMIT $limit");
        return QueryAsync(sql, parameters =>
        {
            parameters.AddWithValue("$mailbox", mailboxId);
            parameters.AddWithValue("$after", query.After ?? (query.Descending ? long.MaxValue : 0));
            parameters.AddWithValue("$limit", query.Limit);
        }, SqliteRows.Message, cancellationToken);
    }

    public async Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) =>
        (await OneAsync(SqliteRows.SelectMessages, mailboxId, uid, SqliteRows.Message, cancellationToken)).FirstOrDefault();

    /// <summary>Those of the messages that there are, in any order.</summary>
    public Task<List<Message>> FindAsync(int mailboxId, IEnumerable<long> uids, CancellationToken cancellationToken) =>
        QueryAsync(SqliteRows.SelectMessages + " WHERE d.mailbox_id = $mailbox AND d.uid IN (SELECT value FROM json_each($uids))", parameters =>
        {
            parameters.AddWithValue("$mailbox", mailboxId);
            parameters.AddWithValue("$uids", JsonSerializer.Serialize(uids, StorageJson.Default.IEnumerableInt64));
        }, SqliteRows.Message, cancellationToken);

    /// <returns>The message's id and its octets, <c>null</c> instead of octets when they are in a file.</returns>
    public async Task<(MessageId Id, byte[]? Octets)?> FindContentAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT d.message_id, c.octets FROM deliveries d LEFT JOIN contents c ON c.message_id = d.message_id";
        var rows = await OneAsync(
            Sql, mailboxId, uid, row => (new MessageId(row.GetInt64(0)), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <returns>The octets, <c>null</c> instead of them when they are in a file; <c>null</c> when there is no such message.</returns>
    public async Task<StoredOctets?> FindContentAsync(MessageId id, CancellationToken cancellationToken) => (await QueryAsync(
        "SELECT c.octets FROM messages m LEFT JOIN contents c ON c.message_id = m.id WHERE m.id = $id", parameters => parameters.AddWithValue("$id", id.Value),
        row => new StoredOctets(row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0)), cancellationToken)).FirstOrDefault();

    /// <summary>The oldest messages to be indexed, apart from those that somebody has already.</summary>
    public async Task<IReadOnlyList<MessageToIndex>> ListToIndexAsync(IReadOnlyCollection<MessageId> held, int limit, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT t.message_id, m.summary, d.mailbox_id, d.recipients
            FROM (SELECT message_id FROM to_index WHERE message_id NOT IN (SELECT value FROM json_each($held)) ORDER BY message_id LIMIT $limit) t
            JOIN messages m ON m.id = t.message_id JOIN deliveries d ON d.message_id = t.message_id
            ORDER BY t.message_id, d.mailbox_id
            """;
        var rows = await QueryAsync(Sql, parameters =>
        {
            parameters.AddWithValue("$held", JsonSerializer.Serialize(held.Select(each => each.Value), StorageJson.Default.IEnumerableInt64));
            parameters.AddWithValue("$limit", limit);
        }, row => (Id: new MessageId(row.GetInt64(0)), Summary: SqliteRows.Summary(row, 1), Delivery: new Delivery(row.GetInt32(2), SqliteRows.Strings(row, 3))), cancellationToken);
        return [.. rows.GroupBy(each => each.Id).Select(each => new MessageToIndex(each.Key, each.First().Summary, [.. each.Select(row => row.Delivery)]))];
    }

    public async Task<long> CountToIndexAsync(CancellationToken cancellationToken) =>
        (await QueryAsync("SELECT count(*) FROM to_index", _ => { }, row => row.GetInt64(0), cancellationToken))[0];

    public async Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken) => (await OneAsync(
        "SELECT t.text FROM deliveries d JOIN transcripts t ON t.message_id = d.message_id", mailboxId, uid, row => row.GetString(0), cancellationToken)).FirstOrDefault();

    public Task<List<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken) =>
        QueryAsync("SELECT tag, messages FROM tag_counts WHERE mailbox_id = $mailbox ORDER BY tag",
            parameters => parameters.AddWithValue("$mailbox", mailboxId), row => (row.GetString(0), row.GetInt64(1)), cancellationToken);

    /// <summary>UIDs of messages put aside, with the attempts they had.</summary>
    public Task<List<(long Uid, int Attempts)>> ListDeadAsync(int mailboxId, long after, int limit, CancellationToken cancellationToken) =>
        QueryAsync("SELECT uid, attempt FROM leases INDEXED BY leases_dead WHERE mailbox_id = $mailbox AND until IS NULL AND uid > $after ORDER BY uid LIMIT $limit", parameters =>
        {
            parameters.AddWithValue("$mailbox", mailboxId);
            parameters.AddWithValue("$after", after);
            parameters.AddWithValue("$limit", limit);
        }, row => (row.GetInt64(0), row.GetInt32(1)), cancellationToken);

    public async Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => (await QueryAsync(
        SqliteRows.SelectCredentials + " WHERE user_key = $key", parameters => parameters.AddWithValue("$key", MailboxCredential.KeyOf(user)), SqliteRows.Credential, cancellationToken))
        .FirstOrDefault();

    public Task<List<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) =>
        QueryAsync(SqliteRows.SelectCredentials + $" WHERE {OfMailbox(mailboxId)} ORDER BY user_key",
            parameters => parameters.AddWithValue("$mailbox", (object?)mailboxId ?? DBNull.Value), SqliteRows.Credential, cancellationToken);

    public Task<List<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken)
    {
        // Patterns are asked for every second and have an index of their own, which takes the number itself to be chosen.
        var ofKind = kind is AddressRuleKind.Pattern ? "kind = 3" : "kind = coalesce($kind, kind)";
        return QueryAsync(SqliteRows.SelectAddresses + $" WHERE {ofKind} AND {OfMailbox(mailboxId)} ORDER BY address_key", parameters =>
        {
            parameters.AddWithValue("$mailbox", (object?)mailboxId ?? DBNull.Value);
            parameters.AddWithValue("$kind", (object?)(int?)kind ?? DBNull.Value);
        }, SqliteRows.Address, cancellationToken);
    }

    public async Task<byte[]> ReadSecretAsync(string name, CancellationToken cancellationToken) =>
        (await QueryAsync("SELECT octets FROM secrets WHERE name = $name", parameters => parameters.AddWithValue("$name", name),
            row => row.GetFieldValue<byte[]>(0), cancellationToken)).Single();

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

    // One condition for both, by coalesce, would be served by no index.
    private static string OfMailbox(int? mailboxId) => mailboxId is null ? "true" : "mailbox_id = $mailbox";

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
}

/// <param name="Octets"><c>null</c>: in a file.</param>
internal sealed record StoredOctets(byte[]? Octets);
