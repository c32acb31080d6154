using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The directory for large content belongs to one database: a node with another directory would not find what the first one keeps.</summary>
internal static class PostgresContentDirectory
{
    private const string FileName = "content-of";

    // What a running node is about to store has no row yet: only what has lain there this long is from a crash.
    private static readonly TimeSpan Leftover = TimeSpan.FromHours(1);

    /// <summary>Makes the directory the database's own when both are new. Under the lock of <see cref="PostgresSchema"/>.</summary>
    /// <exception cref="StoreRefusedException">It is another one.</exception>
    public static async Task ClaimAsync(NpgsqlConnection connection, ContentFiles files, PostgresAddress address, string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, FileName);
        var here = files.Location ?? (File.Exists(path) ? (await File.ReadAllTextAsync(path, cancellationToken)).Trim() : null);
        var known = await ReadAsync(connection, cancellationToken);
        if (here is not null && here.Equals(known, StringComparison.Ordinal))
            return;
        if (known is not null)
            throw new StoreRefusedException($"Large messages of {address} are kept elsewhere than in {files.Location ?? directory}. Let all servers share that one (--data on a file system they all mount), "
                + "or configure object storage.");
        if (await files.HasContentAsync(cancellationToken))
            throw new StoreRefusedException($"The data directory {directory} has messages of another store, and {address} is new. Choose another directory with --data, or restore the database that belongs to it.");
        if (files.Location is null)
        {
            here ??= Guid.NewGuid().ToString("N");
            // On the disk before the database says what is in it: a power cut in between would leave the two strangers to each other.
            await File.WriteAllTextAsync(path, here, cancellationToken);
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
                RandomAccess.FlushToDisk(file);
            DirectorySync.Run(directory);
        }

        await using NpgsqlBatch batch = new(connection) { BatchCommands = { PostgresCommand.Of("INSERT INTO secrets (name, octets) VALUES ('content directory', convert_to($1, 'UTF8'))", here!) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes what crashes left, of any node.</summary>
    public static async Task SweepAsync(NpgsqlConnection connection, ContentFiles files, StorageOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var before = options.Clock.GetUtcNow() - Leftover;
        HashSet<MessageId> kept = [];
        await using (NpgsqlBatch batch = new(connection) { BatchCommands = { new NpgsqlBatchCommand("SELECT id FROM messages WHERE in_file") } })
        {
            await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                kept.Add(new(rows.GetInt64(0)));
        }

        var removed = await files.SweepAsync(kept.Contains, before, cancellationToken);
        if (removed > 0)
            ServerLog.Swept(logger, removed);
    }

    private static async Task<string?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { new NpgsqlBatchCommand("SELECT convert_from(octets, 'UTF8') FROM secrets WHERE name = 'content directory'") } };
        return (string?)await batch.ExecuteScalarAsync(cancellationToken);
    }
}
