using System.Text;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Copies a store as it is at one moment into a new directory, which can be served as it is. A server may be at work on it meanwhile.</summary>
internal sealed class SqliteBackup
{
    // Each try finds all that the last one missed; only what comes and goes within one can be missed again.
    private const int Tries = 10;

    private readonly string source;
    private readonly string target;

    private SqliteBackup(string source, string target) => (this.source, this.target) = (source, target);

    /// <param name="target">Must not be there yet. It is there only when it is whole and on the disk.</param>
    /// <exception cref="StoreRefusedException">There is nothing to copy, or something is in the way; the message says what.</exception>
    public static BackupResult Make(string directory, string target)
    {
        var database = Path.Combine(directory, SqliteDatabase.FileName);
        if (!File.Exists(database))
            throw new StoreRefusedException($"{database} is not there: say with --data where the store is.");
        if (Path.Exists(target))
            throw new StoreRefusedException($"{target} is there already. Nothing is overwritten: name a directory that is not there yet.");
        var unfinished = Unfinished(target);
        if (Path.Exists(unfinished))
            throw new StoreRefusedException($"{unfinished} is there: another backup is being made, or one was broken off. In the second case remove it.");
        using (var connection = SqliteDatabase.OpenForReading(directory))
            SqliteDatabase.RequireOurs(connection, database);
        PrivateDirectory.Create(unfinished);
        var result = new SqliteBackup(directory, unfinished).Run();
        Directory.Move(unfinished, target);
        DirectorySync.Run(Path.GetDirectoryName(target)!);
        return result;
    }

    public static string Unfinished(string target) => Path.TrimEndingDirectorySeparator(target) + ".unfinished";

    private BackupResult Run()
    {
        var content = Path.Combine(target, "content");
        PrivateDirectory.Create(content);
        var result = CopyTogether();
        Sync(Path.Combine(target, SqliteDatabase.FileName));
        DirectorySync.Run(content);
        DirectorySync.Run(target);
        return result;
    }

    // Files before the database, for one that is deleted after the moment of the copy must be in it; then those that came in between. One that came and went
    // in between cannot be had any more, and the next copy of the database does not have it either.
    private BackupResult CopyTogether()
    {
        for (var tries = 1; ; tries++)
        {
            CopyFiles(Directory.EnumerateFiles(Path.Combine(source, "content")).Select(each => Path.GetFileName(each)));
            CopyDatabase();
            using var copy = SqliteDatabase.OpenForReading(target);
            var elsewhere = SqliteDatabase.Scalar<byte[]>(copy, "SELECT octets FROM secrets WHERE name = 'content location'") is { Length: > 0 } octets ? Encoding.UTF8.GetString(octets) : null;
            HashSet<string> files = elsewhere is null ? [.. FilesOf(copy)] : [];
            if (CopyFiles(files))
            {
                Verify(copy);
                Prune(files);
                return new(SqliteDatabase.Scalar<long>(copy, "SELECT count(*) FROM messages"), SqliteDatabase.Scalar<long>(copy, "SELECT coalesce(sum(size), 0) FROM messages"), files.Count, elsewhere);
            }

            if (tries == Tries)
                throw new StoreRefusedException("Large messages come and go too quickly to be copied. Try again when there is less to do, or stop the server meanwhile.");
        }
    }

    /// <returns>False when one of them is not there any more.</returns>
    private bool CopyFiles(IEnumerable<string> names)
    {
        var all = true;
        foreach (var each in names)
        {
            var to = Path.Combine(target, "content", each);
            if (File.Exists(to))
                continue; // content never changes
            try
            {
                File.Copy(Path.Combine(source, "content", each), to);
                Sync(to);
            }
            catch (FileNotFoundException)
            {
                all = false;
            }
        }

        return all;
    }

    private void CopyDatabase()
    {
        var to = Path.Combine(target, SqliteDatabase.FileName);
        File.Delete(to);
        using var connection = SqliteDatabase.OpenForReading(source);
        using var command = connection.CreateCommand();
        // One read transaction, however long it takes: writers go on beside it.
        command.CommandText = "VACUUM INTO $to";
        command.Parameters.AddWithValue("$to", to);
        command.ExecuteNonQuery();
    }

    private void Prune(HashSet<string> files)
    {
        foreach (var each in Directory.EnumerateFiles(Path.Combine(target, "content")).Where(each => !files.Contains(Path.GetFileName(each))))
            File.Delete(each);
    }

    private void Verify(SqliteConnection copy)
    {
        if (SqliteDatabase.Scalar<string>(copy, "PRAGMA quick_check(1)") is string found and not "ok")
            throw new StoreRefusedException($"The copy is not sound ({found}), so the database may not be either: look at it with `PRAGMA integrity_check`. The copy is in {target}.");
    }

    private static IEnumerable<string> FilesOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM messages WHERE in_file = 1";
        using var rows = command.ExecuteReader();
        while (rows.Read())
            yield return new MessageId(rows.GetInt64(0)).ToString();
    }

    private static void Sync(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }
}

/// <param name="Elsewhere">Where large content is kept, when not in the directory.</param>
internal sealed record BackupResult(long Messages, long Octets, int Files, string? Elsewhere);
