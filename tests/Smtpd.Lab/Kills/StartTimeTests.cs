using System.Diagnostics;
using System.Globalization;
using Smtpd.Lab.Mail;
using Smtpd.Server.Indexing;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Kills;

/// <summary>How long nobody is there after a crash.</summary>
public sealed class StartTimeTests : IDisposable
{
    private static readonly int Starts = Scale.Of(3, 8);
    private const int AtOnce = 200;

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(NumberedMail.SmallSize);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task It_is_ready_within_a_second_after_a_crash() => Experiment.RunAsync("Start-up after a crash, SQLite", async experiment =>
    {
        var messages = Scale.Of(2000, 100_000);
        await FillAsync(messages);
        List<double> starts = [];
        for (var i = 0; i < Starts; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var program = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings);
            starts.Add(clock.Elapsed.TotalSeconds);
            var enough = ledger.Expect(100);
            var load = ledger.LoadUntilGoneAsync(program.Smtp, 10);
            await enough.WaitAsync(Cancel);
            await program.KillAsync();
            await load;
        }

        starts.RemoveAt(0); // nothing had crashed before it
        var empty = await MeasureEmptyAsync();
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{messages} messages, a database of {new FileInfo(directory["data", SqliteDatabase.FileName]).Length / 1e6:F0} MB, {starts.Count} times SIGKILL under load");
        experiment.Figure($"ready after {Median(starts):F2} s (the slowest {starts.Max():F2} s; on a new directory {empty:F2} s)");
        // Most of it is the start of the runtime, which on a busy machine alone takes longer: then it is the ratio that counts.
        Assert.InRange(Median(starts), 0, Scale.Of(Math.Max(1.0, 2 * empty), 1.0));
    });

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> MeasureEmptyAsync()
    {
        List<double> starts = [];
        for (var i = 0; i < Starts; i++)
        {
            using TemporaryDirectory fresh = new();
            var clock = Stopwatch.StartNew();
            await using var program = await SmtpdProcess.ServeAsync(fresh["data"], NumberedMail.Settings);
            starts.Add(clock.Elapsed.TotalSeconds);
        }

        return Median(starts);
    }

    // By the store itself and its indexer: over SMTP it would take minutes.
    private async Task FillAsync(int messages)
    {
        await using var store = await Stores.OpenSqliteAsync(directory["data"]);
        for (var i = 0; i < messages; i += AtOnce)
            await Task.WhenAll(Enumerable.Range(i, AtOnce).Select(number => Task.Run(() => StoreAsync(store, number), Cancel)));
        await using Indexer indexer = new(store, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        while (await indexer.IndexSomeAsync(Cancel) > 0)
        {
            // All of it, as after a day at work.
        }
    }

    private async Task StoreAsync(IMessageStore store, int number)
    {
        var octets = ledger.Message(number);
        NewMessage message = new(store.NextId(), DateTimeOffset.UnixEpoch.AddSeconds(number), new("a@x.test", 1, "client.x.test", "127.0.0.1", "mx.y.test", "ESMTP", null, null), HeaderBlock.Read(octets), [new(Mailbox.DefaultId, ["b@y.test"])]);
        await using var content = store.CreateContent(message.Id, octets.Length);
        content.Append(octets);
        Assert.Equal(StoreOutcome.Stored, (await store.StoreAsync(message, content, Cancel)).Outcome);
    }
}
