using System.Diagnostics;
using System.Globalization;
using Smtpd.Lab.Mail;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Lab.Kills;

/// <summary>250 against SIGKILL: the program is killed in mid-load, again and again, on the same data.</summary>
public sealed class KillTests : IDisposable
{
    private const int Connections = 20;

    private static readonly int Rounds = Scale.Of(3, 200);
    private static readonly int Enough = Scale.Of(400, 50_000);

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(NumberedMail.MixedSize);
    private readonly List<double> starts = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task On_SQLite_what_was_acknowledged_is_there_once_and_whole() => Experiment.RunAsync("SIGKILL in mid-load, SQLite", async experiment =>
    {
        var rounds = await KillAsync([]);
        Describe(experiment, rounds);
        await using (var store = await Stores.OpenSqliteAsync(directory["data"]))
            await store.AssertKeepsAsync(ledger);
        Stores.AssertSwept(directory["data"], ledger, isExact: false);
    });

    [Fact]
    public Task On_PostgreSQL_what_was_acknowledged_is_there_once_and_whole() => Experiment.RunAsync("SIGKILL in mid-load, PostgreSQL", async experiment =>
    {
        await using var cluster = await PostgresCluster.StartAsync(isDurable: true);
        var url = cluster.Url(await cluster.CreateDatabaseAsync());
        var rounds = await KillAsync(["--store", url]);
        Describe(experiment, rounds);
        await using (var store = await Stores.OpenPostgresAsync(url, directory["data"], new LaterClock()))
            await store.AssertKeepsAsync(ledger);
        Stores.AssertSwept(directory["data"], ledger, isExact: false);
    });

    private async Task<int> KillAsync(string[] arguments)
    {
        Random random = new(200);
        var rounds = 0;
        for (; rounds < Rounds || ledger.Acknowledged.Count < Enough; rounds++)
        {
            var clock = Stopwatch.StartNew();
            await using var program = await SmtpdProcess.ServeAsync(directory["data"], [.. NumberedMail.Settings, .. arguments]);
            starts.Add(clock.Elapsed.TotalSeconds);
            var enough = ledger.Expect(random.Next(1, 2 * Enough / Rounds + 50));
            var load = ledger.LoadUntilGoneAsync(program.Smtp, Connections);
            await enough.WaitAsync(Cancel);
            await program.KillAsync();
            await load;
        }

        return rounds;
    }

    private void Describe(Experiment experiment, int rounds)
    {
        var unanswered = ledger.Sent - ledger.Acknowledged.Count - ledger.Refused.Count;
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{rounds} kills, {Connections} connections, 1 to 3 recipients, up to 5 MB");
        experiment.Figure($"{ledger.Acknowledged.Count} acknowledged ({ledger.Octets / 1e6:F0} MB)");
        experiment.Figure($"{unanswered} without an answer");
        experiment.Figure($"ready after {starts.Order().ElementAt(starts.Count / 2):F2} s (the slowest {starts.Max():F2} s)");
        Assert.Empty(ledger.Refused);
    }

    private sealed class LaterClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(2);
    }
}
