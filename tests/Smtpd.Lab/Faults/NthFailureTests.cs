using System.Diagnostics;
using System.Globalization;
using Smtpd.Lab.Mail;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Lab.Faults;

/// <summary>The n-th system call of a kind fails, for n = 1, 2, 3, … until a run no longer reaches it. What is said must be true each time, and the next mail be taken.</summary>
public sealed class NthFailureTests : IDisposable
{
    // As often as it is tried at most; the run ends by itself well before.
    private const int Limit = 2000;

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(number => number % 3 == 0 ? 270_000 + number : NumberedMail.SmallSize(number));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("pwrite64", "EIO")]
    [InlineData("pwrite64", "ENOSPC")]
    [InlineData("fsync", "EIO")]
    [InlineData("openat", "EMFILE")]
    [InlineData("openat", "EIO")]
    [InlineData("rename", "EIO")]
    [InlineData("pread64", "EIO")]
    public Task While_it_runs_the_answer_is_honest_and_the_next_mail_is_taken(string call, string error) => Experiment.RunAsync($"n-th {call} fails with {error}, while running", async experiment =>
    {
        await FailWhileRunningAsync(call, error, [], experiment);
        await using (var store = await Stores.OpenSqliteAsync(directory["data"]))
            await store.AssertKeepsAsync(ledger);
        Stores.AssertSwept(directory["data"], ledger, isExact: true);
    });

    /// <summary>There it is the content of large messages that is written here; for the rest see <see cref="Postgres.PostgresTroubleTests"/>.</summary>
    [Theory]
    [InlineData("pwrite64", "ENOSPC")]
    [InlineData("fsync", "EIO")]
    [InlineData("openat", "EMFILE")]
    [InlineData("rename", "EIO")]
    public Task So_on_PostgreSQL(string call, string error) => Experiment.RunAsync($"n-th {call} fails with {error}, while running on PostgreSQL", async experiment =>
    {
        await using var cluster = await PostgresCluster.StartAsync(isDurable: false);
        var url = cluster.Url(await cluster.CreateDatabaseAsync());
        await FailWhileRunningAsync(call, error, ["--store", url], experiment);
        await using (var store = await Stores.OpenPostgresAsync(url, directory["data"]))
            await store.AssertKeepsAsync(ledger);
        Stores.AssertSwept(directory["data"], ledger, isExact: true);
    });

    [Theory]
    [InlineData("pwrite64", "EIO")]
    [InlineData("fsync", "EIO")]
    [InlineData("rename", "EIO")]
    public Task At_the_start_it_says_so_or_serves_and_the_next_start_works(string call, string error) => Experiment.RunAsync($"n-th {call} fails with {error}, from the start", async experiment =>
    {
        var (refusedToStart, injected) = (0, 0);
        foreach (var n in Numbers(step: 3))
        {
            using TemporaryDirectory fresh = new();
            Ledger ofThis = new(ledger.SizeOf);
            var didStart = false;
            await using (var program = Strace.Start(Arguments(fresh["data"]), fresh["trace"], "-e", "trace=" + call, "-e", Inject(call, error, n)))
            {
                if (didStart = await program.TryWaitUntilReadyAsync())
                {
                    await SendAsync(program, 6, ofThis);
                    Assert.Equal(0, await program.TerminateAsync());
                }
                else
                {
                    Assert.Equal(1, await program.ExitAsync());
                    Assert.Contains("smtpd: ", program.Log, StringComparison.Ordinal);
                    Assert.DoesNotContain("   at ", program.Log, StringComparison.Ordinal);
                }
            }

            refusedToStart += didStart ? 0 : 1;
            await Strace.EndedAsync(fresh["trace"]);
            if (!(await File.ReadAllTextAsync(fresh["trace"], Cancel)).Contains("(INJECTED)", StringComparison.Ordinal))
                break;
            injected++;
            await using (var again = await SmtpdProcess.ServeAsync(fresh["data"], NumberedMail.Settings))
            {
                Assert.Equal([true], await SendAsync(again, 1, ofThis));
                Assert.Equal(0, await again.TerminateAsync());
            }

            await using var store = await Stores.OpenSqliteAsync(fresh["data"]);
            await store.AssertKeepsAsync(ofThis);
            Stores.AssertSwept(fresh["data"], ofThis, isExact: true);
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"a new directory each time, {injected} times it happened");
        experiment.Figure($"{refusedToStart} starts refused with a message");
        experiment.Figure($"all started afterwards");
        Assert.True(injected > 0, "nothing ever failed");
    });

    // Each thread counts for itself, so a number can mean several calls of one run.
    private static string Inject(string call, string error, int n) => string.Create(CultureInfo.InvariantCulture, $"inject={call}:error={error}:when={n}");

    private static string[] Arguments(string data) => ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", data, .. NumberedMail.Settings];

    // All of them; in the short form ever fewer, as the later ones are much alike.
    private static IEnumerable<int> Numbers(int step)
    {
        for (var n = 1; n <= Limit; n += Scale.Of(step * n, 1))
            yield return n;
    }

    private Task<List<bool>> SendAsync(SmtpdProcess program, int messages) => SendAsync(program, messages, ledger);

    // One after the other: a connection that has been refused something is left.
    private static async Task<List<bool>> SendAsync(SmtpdProcess program, int messages, Ledger ledger)
    {
        List<bool> taken = [];
        while (taken.Count < messages)
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            do
                taken.Add((await ledger.SendAsync(client)).StartsWith('2'));
            while (taken[^1] && taken.Count < messages);
        }

        return taken;
    }

    private async Task FailWhileRunningAsync(string call, string error, string[] arguments, Experiment experiment)
    {
        var (injected, last) = (0, 0);
        TimeSpan slowest = default;
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], [.. NumberedMail.Settings, .. arguments]);
        await SendAsync(program, 6);
        foreach (var n in Numbers(step: 1))
        {
            await using (var strace = await Strace.AttachAsync([program.Id], directory["trace"], "-e", "trace=" + call, "-e", Inject(call, error, n)))
            {
                await SendAsync(program, 6);
                last = n;
                if (!strace.HasInjected())
                    break;
            }

            injected++;
            var clock = Stopwatch.StartNew();
            await Poll.UntilAsync(async () => (await SendAsync(program, 1))[0], Cancel);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"n up to {last}, {injected} times it happened; {ledger.Acknowledged.Count} acknowledged, {ledger.Refused.Count} refused");
        experiment.Figure($"mail is taken again after {slowest.TotalSeconds:F2} s at most");
        Assert.True(injected > 0, "nothing ever failed");
        Assert.True(last < Limit, "the failures never ended");
        Assert.Equal(0, await program.TerminateAsync());
    }
}
