using System.Globalization;
using Smtpd.Lab.Mail;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Starting;

/// <summary>Backups of a server at work: each is the store of one moment, and all that had been acknowledged before it began is in it.</summary>
public sealed class BackupUnderLoadTests : IDisposable
{
    private static readonly int Backups = Scale.Of(2, 20);

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(number => number % 10 == 0 ? 270_000 + number : NumberedMail.SmallSize(number));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task Each_can_be_served() => Experiment.RunAsync("Backup under load, restored", async experiment =>
    {
        List<(string Path, int[] Before)> made = [];
        await using (var program = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings))
        {
            using CancellationTokenSource stop = new();
            var load = ledger.LoadAsync(program.Smtp, 10, stop.Token);
            for (var i = 0; i < Backups; i++)
            {
                await ledger.Expect(200).WaitAsync(Cancel);
                var (path, before) = (directory[string.Create(CultureInfo.InvariantCulture, $"backup{i}")], ledger.Acknowledged.Keys.ToArray());
                (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, "backup", path, "--data", directory["data"]);
                Assert.True(exitCode == 0, error);
                made.Add((path, before));
            }

            await stop.CancelAsync();
            await load;
            Assert.Equal(0, await program.TerminateAsync());
        }

        foreach (var (path, before) in made)
        {
            await using (var restored = await SmtpdProcess.ServeAsync(path, NumberedMail.Settings))
            {
                using var client = await RawClient.ConnectAsync(restored.Smtp, Cancel);
                Assert.StartsWith("250", await client.MessageAsync(TestMessages.Text("after the restore")), StringComparison.Ordinal);
                Assert.Equal(0, await restored.TerminateAsync());
            }

            await using var store = await Stores.OpenSqliteAsync(path);
            Assert.Empty(await new MailCheck(store, ledger.Message).FaultsAsync(before, ledger.Refused.Keys));
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{made.Count} backups while 10 connections send; each served by the program and compared");
        experiment.Figure($"{made[^1].Before.Length} messages acknowledged before the last one, all there and whole");
    });
}
