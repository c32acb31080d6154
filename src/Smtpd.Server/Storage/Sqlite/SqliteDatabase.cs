using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>The database file: opened, checked, brought to the newest schema. What is not ours or not whole is refused, never overwritten.</summary>
internal static class SqliteDatabase
{
    public const string FileName = "smtpd.db";

    // "smtp" in ASCII: tells our file from any other SQLite database (PRAGMA application_id).
    private const int ApplicationId = 0x736D7470;

    // A full check reads the whole file, about a quarter of a second for this much.
    private const long LargestCheckedAtStart = 128L << 20;

    private const string SchemaPrefix = "Schema/";

    private const string CountTables = """
        SELECT count(*) FROM sqlite_schema WHERE name IN ('mailboxes', 'messages', 'contents', 'deliveries', 'credentials', 'addresses', 'secrets',
            'projects', 'delivery_tags', 'tag_counts', 'leases', 'transcripts', 'to_index', 'readings', 'excerpts', 'search', 'delivery_words')
        """;

    public static int NewestSchema => SchemaFiles().Count;

    /// <summary>Opens for writing, creating the database when <paramref name="mayCreate"/>.</summary>
    /// <exception cref="StoreRefusedException">It must not be used; the message says why and what to do.</exception>
    public static SqliteConnection OpenForWriting(string directory, bool mayCreate, bool mayMigrate, TimeProvider clock)
    {
        var path = Path.Combine(directory, FileName);
        var isNew = !File.Exists(path) || new FileInfo(path).Length == 0;
        if (isNew && !mayCreate)
            throw new StoreRefusedException($"{path} is missing or empty, but there is content beside it. Restore the database from a backup, "
                + "or move the directory away to start anew.");
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            if (!isNew)
                Check(connection, path, new FileInfo(path).Length);
            Configure(connection);
            if (mayMigrate)
                Migrate(connection, path, clock);
            RequireNewestSchema(connection, path);
            DirectorySync.Run(directory);
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new StoreRefusedException(Explain(e, path), e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection OpenForReading(string directory)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(directory, FileName),
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <exception cref="StoreRefusedException">It is another program's, or a newer version's.</exception>
    public static void RequireOurs(SqliteConnection connection, string path)
    {
        var schema = Scalar<long>(connection, "PRAGMA user_version");
        var application = Scalar<long>(connection, "PRAGMA application_id");
        var tables = Scalar<long>(connection, "SELECT count(*) FROM sqlite_schema");
        if (application != ApplicationId && (tables > 0 || schema > 0))
            throw new StoreRefusedException($"{path} is a database of another program. Choose another directory with --data.");
        if (schema > NewestSchema)
            throw new StoreRefusedException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has schema {schema}, and this version of smtpd knows schemas up to {NewestSchema}. Use the newer version that wrote it."));
    }

    public static T? Scalar<T>(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // every caller passes a constant of this folder
        command.CommandText = sql;
#pragma warning restore CA2100
        var value = command.ExecuteScalar();
        return value is null or DBNull ? default : (T)value;
    }

    private static string Explain(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        11 or 26 => $"{path} is damaged or not a database ({e.Message}). It was left as it is: restore it from a backup, or move it away together with "
            + "its -wal and -shm files to start anew.",
        5 or 6 => $"{path} is in use by another program ({e.Message}). Stop that program first.",
        _ => $"{path} cannot be used ({e.Message}). Check that the directory exists, that this user may write to it and that the disk is not full.",
    };

    private static void Check(SqliteConnection connection, string path, long size)
    {
        RequireOurs(connection, path);
        if (size <= LargestCheckedAtStart && Scalar<string>(connection, "PRAGMA quick_check(1)") is string found and not "ok")
            throw new StoreRefusedException($"{path} is damaged ({found}). It was left as it is: restore it from a backup, or move it away together with "
                + "its -wal and -shm files to start anew.");
    }

    private static void Configure(SqliteConnection connection)
    {
        // Another process writes for a moment only: `smtpd mailbox`, or a backup.
        Scalar<object>(connection, "PRAGMA busy_timeout = 10000");
        Require(connection, "PRAGMA journal_mode = WAL", "wal");
        Scalar<object>(connection, "PRAGMA synchronous = FULL");
        // NORMAL would lose the last commits at a power cut, and 250 was said for them. Read back: an unknown word is ignored silently.
        Require(connection, "PRAGMA synchronous", 2L);
        Scalar<object>(connection, "PRAGMA foreign_keys = ON");
        Require(connection, "PRAGMA foreign_keys", 1L);
        // 16 MiB between checkpoints: each costs two more syncs, and the pages of counters are rewritten by every commit.
        Scalar<object>(connection, "PRAGMA wal_autocheckpoint = 4096");
        Scalar<object>(connection, "PRAGMA journal_size_limit = 67108864");
    }

    private static void Require(SqliteConnection connection, string pragma, object expected)
    {
        var actual = Scalar<object>(connection, pragma);
        if (!expected.Equals(actual))
            throw new StoreRefusedException($"SQLite answered `{actual}` instead of `{expected}` to `{pragma}`: this file system cannot keep mail safely.");
    }

    private static void Migrate(SqliteConnection connection, string path, TimeProvider clock)
    {
        var files = SchemaFiles();
        for (var version = (int)Scalar<long>(connection, "PRAGMA user_version"); version < files.Count; version++)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            Scalar<object>(connection, files[version]);
            Scalar<object>(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            Scalar<object>(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
            if (version == 0)
                Add(connection, "INSERT INTO mailboxes (id, name, created_at) VALUES ($id, $name, $now)", Mailbox.DefaultId, Mailbox.DefaultName, clock);
            if (version == 2)
                Add(connection, "INSERT INTO projects (id, name, created_at) VALUES ($id, $name, $now)", Project.DefaultId, Project.DefaultName, clock);
            transaction.Commit();
        }
    }

    private static void RequireNewestSchema(SqliteConnection connection, string path)
    {
        if (Scalar<long>(connection, "PRAGMA user_version") != NewestSchema)
            throw new StoreRefusedException($"{path} belongs to a running server of another version. Use that version, or stop the server.");
        if (Scalar<long>(connection, CountTables) != 17)
            throw new StoreRefusedException($"{path} lacks tables that its schema version promises. Restore it from a backup.");
    }

    private static void Add(SqliteConnection connection, string sql, int id, string name, TimeProvider clock)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$name", name);
        command.Parameters.AddWithValue("$now", clock.GetUtcNow().ToUnixTimeMilliseconds());
        command.ExecuteNonQuery();
    }

    // 0001.sql, 0002.sql, …: the number is the version that the file leads to.
    private static List<string> SchemaFiles()
    {
        var assembly = typeof(SqliteDatabase).Assembly;
        List<string> texts = [];
        foreach (var name in assembly.GetManifestResourceNames().Where(each => each.StartsWith(SchemaPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
            texts.Add(reader.ReadToEnd());
        }

        return texts;
    }
}
