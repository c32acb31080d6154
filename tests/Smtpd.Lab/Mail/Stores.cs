using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Lab.Mail;

/// <summary>The store of a program that has ended, to be looked into.</summary>
internal static class Stores
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<IMessageStore> OpenSqliteAsync(string directory) =>
        await SqliteMessageStore.OpenAsync(new() { Directory = directory, MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);

    /// <param name="clock">On PostgreSQL leftovers are swept only when they are an hour old: other servers are at work there.</param>
    public static async Task<IMessageStore> OpenPostgresAsync(string url, string directory, TimeProvider? clock = null)
    {
        Assert.True(PostgresAddress.TryParse(url, out var address, out _));
        return await PostgresMessageStore.OpenAsync(address, new() { Directory = directory, Clock = clock ?? TimeProvider.System }, NullLogger.Instance, besideServer: false, Cancel);
    }

    /// <summary>Compares a store with what its clients were told, and finds nothing wrong.</summary>
    public static async Task AssertKeepsAsync(this IMessageStore store, Ledger ledger)
    {
        var faults = await new MailCheck(store, ledger.Message).FaultsAsync(ledger.Acknowledged.Keys, ledger.Refused.Keys);
        Assert.True(faults.Count == 0, $"{faults.Count} faults: {string.Join("; ", faults.Take(10))}");
    }

    /// <summary>Finds no spool file, and no content but of messages that are there.</summary>
    public static void AssertSwept(string directory, Ledger ledger, bool isExact)
    {
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory, "spool")));
        var files = Directory.EnumerateFiles(Path.Combine(directory, "content")).Count();
        var known = ledger.Acknowledged.Keys.Count(each => ledger.Message(each).Length > StorageOptions.InlineBytes);
        // What was stored without its answer having arrived may be there too.
        Assert.InRange(files, known, isExact ? known : known + ledger.Sent - ledger.Acknowledged.Count - ledger.Refused.Count);
    }
}
