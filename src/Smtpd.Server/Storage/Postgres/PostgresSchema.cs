using System.Globalization;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The database checked and brought to the newest schema, under a lock, so that nodes may start together. What is not ours is refused, never touched.</summary>
internal static class PostgresSchema
{
    private const string Prefix = "Postgres/Schema/";

    // "smtp" in ASCII: our locks among those of other programs in the database.
    public const int LockClass = 0x736D7470;
    private const int SchemaLock = -1;

    public static int Newest => Files().Count;

    /// <param name="mayMigrate">False for a short visit: then the schema must be there.</param>
    /// <param name="then">What else only one node may do at a time.</param>
    /// <exception cref="StoreRefusedException">It must not be used; the message says why and what to do.</exception>
    public static async Task PrepareAsync(
        NpgsqlConnection connection, PostgresAddress address, bool mayMigrate, Func<Task> then, ILogger logger, TimeProvider clock, CancellationToken cancellationToken)
    {
        await CheckServerAsync(connection, address, logger, cancellationToken);
        await ExecuteAsync(connection, "SET lock_timeout = '60s'", cancellationToken);
        await ExecuteAsync(connection, "SELECT pg_advisory_lock($1, $2)", cancellationToken, LockClass, SchemaLock);
        try
        {
            var version = await VersionAsync(connection, address, cancellationToken);
            if (version > Newest)
                throw new StoreRefusedException(string.Create(CultureInfo.InvariantCulture,
                    $"{address} has schema {version}, and this version of smtpd knows schemas up to {Newest}. Use the newer version that wrote it."));
            if (version < Newest && !mayMigrate)
                throw new StoreRefusedException($"{address} {(version == 0 ? "has no store in it yet" : "has an older schema")}. Start the server once; it makes what is missing.");
            var files = Files();
            for (; version < files.Count; version++)
                await MigrateAsync(connection, files[version], version + 1, clock, cancellationToken);
            await then();
        }
        finally
        {
            await ExecuteAsync(connection, "SELECT pg_advisory_unlock($1, $2)", CancellationToken.None, LockClass, SchemaLock);
        }
    }

    private static async Task CheckServerAsync(NpgsqlConnection connection, PostgresAddress address, ILogger logger, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < 14)
            throw new StoreRefusedException($"{address} is PostgreSQL {connection.PostgreSqlVersion}; smtpd needs 14 or newer (it is tested with 15).");
        if (await SettingAsync(connection, "server_encoding", cancellationToken) is string encoding and not "UTF8")
            throw new StoreRefusedException($"{address} has the encoding {encoding}, which cannot hold every message. Make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
        if (await SettingAsync(connection, "transaction_read_only", cancellationToken) is not "off")
            throw new StoreRefusedException($"{address} only lets read: it is a standby, or default_transaction_read_only is on. Name the primary.");
        if (await SettingAsync(connection, "synchronous_commit", cancellationToken) is string mode and not "on")
            throw new StoreRefusedException($"{address} answers `{mode}` to `SHOW synchronous_commit` although smtpd asked for `on`: a pooler in between drops what a session asks for. Connect without it.");
        foreach (var each in new[] { "fsync", "full_page_writes" })
        {
            if (await SettingAsync(connection, each, cancellationToken) is not "on")
                ServerLog.DatabaseNotDurable(logger, each);
        }
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, PostgresAddress address, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, "SELECT to_regclass('smtpd_schema') IS NOT NULL", cancellationToken) is true)
            return (int)(await ScalarAsync(connection, "SELECT coalesce(max(version), 0) FROM smtpd_schema", cancellationToken))!;
        if (await ScalarAsync(connection, "SELECT to_regclass('messages') IS NOT NULL OR to_regclass('mailboxes') IS NOT NULL", cancellationToken) is true)
            throw new StoreRefusedException($"{address} has tables of another program by our names. Make a database for smtpd alone, or a schema: ?options=-csearch_path%3Dsmtpd");
        return 0;
    }

    private static async Task MigrateAsync(NpgsqlConnection connection, string sql, int version, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, sql, cancellationToken);
        await ExecuteAsync(connection, "INSERT INTO smtpd_schema (version) VALUES ($1)", cancellationToken, version);
        if (version == 1)
        {
            // The first of their sequences: 1.
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            await ExecuteAsync(connection, "INSERT INTO projects (name, created_at) VALUES ($1, $2)", cancellationToken, Project.DefaultName, now);
            await ExecuteAsync(connection, "INSERT INTO mailboxes (project_id, name, created_at, is_open) VALUES ($1, $2, $3, true)", cancellationToken, Project.DefaultId, Mailbox.DefaultName, now);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<string?> SettingAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        (string?)await ScalarAsync(connection, "SELECT current_setting($1)", cancellationToken, name);

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { PostgresCommand.Of(sql, values) } };
        return await batch.ExecuteScalarAsync(cancellationToken);
    }

    // Without values a text may have several statements.
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
#pragma warning disable CA2100 // constants of this file, and the schema's own files
        await using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        foreach (var each in values)
            command.Parameters.Add(new NpgsqlParameter { Value = each });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // 0001.sql, 0002.sql, …: the number is the version that the file leads to.
    private static List<string> Files()
    {
        var assembly = typeof(PostgresSchema).Assembly;
        List<string> texts = [];
        foreach (var name in assembly.GetManifestResourceNames().Where(each => each.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
            texts.Add(reader.ReadToEnd());
        }

        return texts;
    }
}
