using System.Diagnostics;
using System.Globalization;
using System.Net;
using Smtpd.Lab.Mail;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Lab.Postgres;

/// <summary>A database that goes away in every way that databases go away in, under load.</summary>
public sealed class PostgresTroubleTests : IAsyncLifetime
{
    private const int Connections = 20;
    private const int MaximumCuts = 500;

    private static readonly int Times = Scale.Of(2, 30);
    private static readonly int Ends = Scale.Of(3, 150);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(NumberedMail.MixedSize);
    private PostgresCluster? started;
    private string database = "";

    private PostgresCluster Cluster => started!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        started = await PostgresCluster.StartAsync(isDurable: true);
        database = await Cluster.CreateDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (started is not null)
            await started.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public Task Restarts() => Experiment.RunAsync("PostgreSQL restarted and killed", async experiment =>
    {
        TimeSpan slowest = default;
        await UnderLoadAsync(Cluster.Url(database), async _ =>
        {
            for (var i = 0; i < Times; i++)
            {
                await (i % 2 == 0 ? Cluster.StopAsync() : Cluster.KillAsync());
                await Cluster.StartAsync();
                slowest = Max(slowest, await TakesMailAgainAsync());
            }
        });
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Times} times, by a fast shutdown and by SIGKILL in turn, under load");
        Describe(experiment, slowest);
    });

    [Fact]
    public Task Sessions_ended() => Experiment.RunAsync("PostgreSQL, pg_terminate_backend", async experiment =>
    {
        TimeSpan slowest = default;
        await UnderLoadAsync(Cluster.Url(database), async _ =>
        {
            for (var i = 0; i < Ends; i++)
            {
                await Cluster.ExecuteAsync("postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'smtpd'");
                slowest = Max(slowest, await TakesMailAgainAsync());
            }
        });
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"all sessions ended {Ends} times under load");
        Describe(experiment, slowest);
    });

    /// <summary>Whether the COMMIT or only its answer is lost is chance: both are when it is done often.</summary>
    [Fact]
    public Task Connections_dropped() => Experiment.RunAsync("PostgreSQL, connections dropped, commits without an answer", async experiment =>
    {
        await using CuttingProxy proxy = new(Cluster.Port);
        TimeSpan slowest = default;
        var (kept, notKept, cuts) = (0, 0, 0);
        await UnderLoadAsync(Cluster.Url(database).Replace($":{Cluster.Port}/", $":{proxy.Port}/", StringComparison.Ordinal), async program =>
        {
            for (; cuts < 5 * Times || (kept == 0 && cuts < MaximumCuts); cuts++)
            {
                proxy.Cut(requests: cuts % 3 == 0);
                slowest = Max(slowest, await TakesMailAgainAsync());
                var lines = program.Log.Split('\n').Where(each => each.Contains("answer to a commit was lost; what was in it is ", StringComparison.Ordinal)).ToList();
                notKept = lines.Count(each => each.Contains("is not", StringComparison.Ordinal));
                kept = lines.Count - notKept;
            }
        });
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"a proxy drops what is under way {cuts} times under load; {kept + notKept} commits without an answer: {kept} found again by their ids, {notKept} had not been done");
        Describe(experiment, slowest);
        Assert.True(kept > 0, "no commit was ever found again");
    });

    [Fact]
    public Task Failing_disk() => Experiment.RunAsync("PostgreSQL, its disk fails", async experiment =>
    {
        TimeSpan slowest = default;
        var happened = 0;
        await UnderLoadAsync(Cluster.Url(database), async _ =>
        {
            for (var i = 0; i < Times; i++)
            {
                await using (var strace = await Strace.AttachAsync(Cluster.Processes(), directory["trace"], "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=3"))
                {
                    await Poll.UntilAsync(() => strace.HasInjected(), Cancel);
                    happened++;
                }

                slowest = Max(slowest, await TakesMailAgainAsync());
            }
        });
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"fdatasync of its log fails with EIO {happened} times under load: it stops all its sessions and recovers from the log");
        Describe(experiment, slowest);
    });

    [Fact]
    public Task Failover() => Experiment.RunAsync("PostgreSQL, fail-over to a synchronous standby", async experiment =>
    {
        var rounds = Scale.Of(1, 5);
        TimeSpan slowest = default;
        for (var round = 0; round < rounds; round++)
        {
            var standby = await PostgresCluster.StartStandbyAsync(Cluster);
            try
            {
                var url = Cluster.Url(database).Replace($"127.0.0.1:{Cluster.Port}", $"127.0.0.1:{Cluster.Port},127.0.0.1:{standby.Port}", StringComparison.Ordinal) + "?target_session_attrs=primary";
                await using var program = await ServeAsync(url);
                using CancellationTokenSource stop = new();
                var load = ledger.LoadAsync(program.Smtp, Connections, stop.Token);
                await ledger.Expect(100).WaitAsync(Patience, Cancel);
                var clock = Stopwatch.StartNew();
                await Cluster.KillAsync();
                await standby.ExecuteAsync("postgres", "SELECT pg_promote()");
                await TakesMailAgainAsync();
                slowest = Max(slowest, clock.Elapsed);
                await stop.CancelAsync();
                await load;
                Assert.Equal(0, await program.TerminateAsync());
            }
            finally
            {
                // What was the primary is gone for good; the next round makes a standby of the new one.
                await Cluster.DisposeAsync();
                started = standby;
            }
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{rounds} times: the primary is killed under load, the standby promoted");
        Describe(experiment, slowest);
        await CompareAsync();
    });

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private Task<SmtpdProcess> ServeAsync(string url) => SmtpdProcess.ServeAsync(directory["data"], ["--store", url, .. NumberedMail.Settings]);

    private void Describe(Experiment experiment, TimeSpan slowest)
    {
        experiment.Figure($"{ledger.Acknowledged.Count} acknowledged, {ledger.Refused.Count} refused with 4xx");
        experiment.Figure($"mail is taken again after {slowest.TotalSeconds:F1} s at most");
    }

    private async Task<TimeSpan> TakesMailAgainAsync()
    {
        var clock = Stopwatch.StartNew();
        await ledger.Expect(50).WaitAsync(Patience, Cancel);
        return clock.Elapsed;
    }

    private async Task UnderLoadAsync(string url, Func<SmtpdProcess, Task> act)
    {
        await using (var program = await ServeAsync(url))
        {
            using CancellationTokenSource stop = new();
            var load = ledger.LoadAsync(program.Smtp, Connections, stop.Token);
            await ledger.Expect(100).WaitAsync(Patience, Cancel);
            try
            {
                await act(program);
            }
            catch (TimeoutException e)
            {
                Assert.Fail($"{e.Message}\n{string.Join('\n', program.Log.Split('\n').TakeLast(40))}");
            }
            finally
            {
                await stop.CancelAsync();
                await load;
            }

            using var ready = await program.Http.GetAsync("/readyz", Cancel);
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            Assert.Equal(0, await program.TerminateAsync());
        }

        await CompareAsync();
    }

    // A message whose commit could not be found out about in time was refused and may be there: sent again it comes twice, but none is lost.
    private async Task CompareAsync()
    {
        await using var store = await Stores.OpenPostgresAsync(Cluster.Url(database), directory["data"]);
        var faults = await new MailCheck(store, ledger.Message).FaultsAsync(ledger.Acknowledged.Keys, []);
        Assert.True(faults.Count == 0, $"{faults.Count} faults: {string.Join("; ", faults.Take(10))}");
    }
}
