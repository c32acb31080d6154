using System.Globalization;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server;

/// <summary><c>smtpd backup</c>: see docs/backup.md.</summary>
internal static class BackupCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, string target)
    {
        if (PostgresAddress.IsOne(settings.Store))
            return await MailboxCommand.RefuseAsync(ServeCommand.WrongUse, "a store on PostgreSQL is backed up by PostgreSQL's own tools, pg_dump first of all; docs/backup.md says in which order");
        if (settings.Store is "null")
            return await MailboxCommand.RefuseAsync(ServeCommand.WrongUse, "the store `null` keeps nothing that could be backed up");
        try
        {
            var made = SqliteBackup.Make(settings.DataDirectory, Path.GetFullPath(target));
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{made.Messages} messages, {made.Octets} octets, {made.Files} of them in files"));
            if (made.Elsewhere is string elsewhere)
                await Console.Out.WriteLineAsync($"Messages over 256 KiB are in {elsewhere}, which is not copied: back it up after this.");
            return ServeCommand.Success;
        }
        catch (StoreRefusedException e)
        {
            return await MailboxCommand.RefuseAsync(ServeCommand.Failure, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            return await MailboxCommand.RefuseAsync(ServeCommand.Failure, $"the backup was not made ({e.Message}). What there is of it, if anything, is in {SqliteBackup.Unfinished(target)}");
        }
    }
}
