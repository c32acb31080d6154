using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Running;

/// <summary>The promise of 250, against SIGKILL under load.</summary>
public sealed class DurabilityTests
{
    private const int Kills = 20;
    private const int Connections = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_was_acknowledged_is_there_once_and_whole_after_twenty_kills()
    {
        using TemporaryDirectory directory = new();
        MailLedger ledger = new();
        Random random = new(20);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
            var enough = ledger.Expect(random.Next(1, 250));
            Task[] loaders = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(() => ledger.LoadAsync(program), Cancel))];
            await enough.WaitAsync(Cancel);
            await program.KillAsync();
            await Task.WhenAll(loaders);
        }

        await using IMessageStore store = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, Cancel);
        Assert.True(ledger.Acknowledged > 20 * Kills, $"only {ledger.Acknowledged} messages were acknowledged");
        await ledger.CompareAsync(store);
        Assert.Empty(Directory.EnumerateFiles(directory["data", "spool"]));
    }
}
