using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Lab.Mail;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.PowerCut;

/// <summary>
/// 250 against a power cut. A run of the real program is recorded call by call; then the disk is made as it may look at any point of it, and started on. That this
/// finds faults is shown by recordings of servers with known faults.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    // Enough for each known fault to show; the sound server passes as many in the short form, and more in the full one.
    private const int CutsForProof = 400;

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(Size);

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task What_was_acknowledged_before_a_power_cut_is_there_and_whole() => Experiment.RunAsync("Power cut, SQLite", async experiment =>
    {
        var events = await RecordAsync(runs: Scale.Of(2, 4), messages: Scale.Of(40, 120));
        using PowerCuts cuts = new(directory.Path, events, AcknowledgementsIn(events), ledger.Message);
        var started = 0;
        var bad = await cuts.CutAsync(Scale.Of(120, 6000), seed: 1, also: async (data, state) =>
        {
            // The program itself, on a copy of some states: it must come up, and go down again, by itself.
            if (state % Scale.Of(60, 100) != 0)
                return;
            await StartOnCopyAsync(data);
            started++;
        });

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{events.Count} writes, syncs and names of {Scale.Of(2, 4)} runs with {ledger.Acknowledged.Count} messages; unsynced ones kept, dropped, torn at 512 octets");
        experiment.Figure($"{cuts.States} states");
        experiment.Figure($"{started} of them started by the program itself");
        experiment.Figure($"{bad.Count} bad");
        Assert.Empty(bad);
    });

    [Fact]
    public Task A_server_that_does_not_sync_its_log_is_found_out() => ProveAsync("synchronous=NORMAL", async () =>
    {
        var events = await RecordAsync(runs: 1, messages: 40);
        return new PowerCuts(directory.Path, WithoutSyncOfCommits(events), AcknowledgementsIn(events), ledger.Message);
    });

    [Fact]
    public Task A_server_that_replies_before_the_commit_is_found_out() => ProveAsync("reply before the commit", async () =>
    {
        var events = await RecordAsync(runs: 1, messages: 40);
        return new PowerCuts(directory.Path, events, AcknowledgementsIn(events).Select(each => (StartOfCommit(events, each.At), each.Number)), ledger.Message);
    });

    [Fact]
    public Task A_server_that_commits_each_recipient_by_itself_is_found_out() => ProveAsync("one commit a recipient", async () =>
    {
        // What it would write: the same content once for each recipient, one commit after the other.
        Dictionary<string, int> last = [];
        var events = await Recording.OfAsync(directory.Path, Arguments, async program =>
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, TestContext.Current.CancellationToken);
            for (var number = 1; number <= 40; number++)
            {
                var reply = "";
                foreach (var box in NumberedMail.BoxesOf(number))
                {
                    await client.BeginAsync(NumberedMail.Address(box));
                    await client.SendAsync(RawClient.Stuff(ledger.Message(number)));
                    await client.SendAsync(".\r\n");
                    reply = await client.ReplyAsync();
                }

                last.Add(reply[^13..], number);
            }
        });
        var acknowledgements = events.Index().Where(each => each.Item is Acknowledged told && last.ContainsKey(told.QueuedAs)).Select(each => (each.Index, last[((Acknowledged)each.Item).QueuedAs]));
        return new PowerCuts(directory.Path, events, acknowledgements, ledger.Message);
    });

    [Fact]
    public Task A_server_that_swallows_an_error_of_its_writer_is_found_out() => Experiment.RunAsync("The lab bites: an error of the writer swallowed", async experiment =>
    {
        await StartOnceAsync();
        using TemporaryDirectory aside = new();
        await using (var program = Strace.Start(Arguments, aside["trace"], "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=5+5"))
        {
            await program.WaitUntilReadyAsync();
            await SendAsync(program, 40);
            await program.KillAsync();
        }

        await using IMessageStore store = await SqliteMessageStore.OpenAsync(new() { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, TestContext.Current.CancellationToken);
        var honest = await new MailCheck(store, ledger.Message).FaultsAsync(ledger.Acknowledged.Keys, ledger.Refused.Keys);
        // The faulty server would have said 250 where this one said 451.
        var swallowed = await new MailCheck(store, ledger.Message).FaultsAsync([.. ledger.Acknowledged.Keys, .. ledger.Refused.Keys], []);
        experiment.Done = "every fifth fsync fails; 451 taken for the 250 that such a server would say";
        experiment.Figure($"{ledger.Refused.Count} refused, {swallowed.Count} found out");
        Assert.Empty(honest);
        Assert.NotEmpty(ledger.Refused);
        Assert.Equal(ledger.Refused.Count, swallowed.Count);
    });

    /// <summary>Linux forgets what it could not write: after fsync has failed, a second fsync succeeds and the octets are gone (PostgreSQL's fsyncgate of 2018).</summary>
    [Fact]
    public Task After_a_failed_fsync_nothing_is_believed_that_was_not_written_again() => Experiment.RunAsync("Power cut after failed fsyncs, SQLite", async experiment =>
    {
        await StartOnceAsync();
        var before = AsFound(directory["data"]).ToList();
        var run = await Recording.OfAsync(directory.Path, Arguments, program => SendAsync(program, Scale.Of(60, 300)), "-e", "inject=fsync:error=EIO:when=5+5");
        List<DiskEvent> events = [.. before, .. run.Select(each => Later(each, before.Count))];
        using PowerCuts cuts = new(directory.Path, events, AcknowledgementsIn(events), ledger.Message) { First = before.Count };
        var bad = await cuts.CutAsync(Scale.Of(50, 1000), seed: 3);
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{events.Count(each => each is SyncFailed)} of {events.Count(each => each is SyncFailed or Synced)} fsyncs fail, and what they were for is lost by chance; {ledger.Acknowledged.Count} acknowledged, {ledger.Refused.Count} refused");
        experiment.Figure($"{cuts.States} states");
        experiment.Figure($"{bad.Count} bad");
        Assert.Contains(events, each => each is SyncFailed);
        Assert.NotEmpty(ledger.Refused);
        Assert.Empty(bad);
    });

    private string[] Arguments => ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"], .. NumberedMail.Settings];

    // Every twelfth goes to a file; every fifth is large for the database, so that its log comes to be taken over.
    private static int Size(int number) => number switch
    {
        _ when number % 12 == 0 => 270_000 + number * 7919 % 200_000,
        _ when number % 5 == 0 => 60_000 + number * 7919 % 190_000,
        _ => NumberedMail.SmallSize(number),
    };

    private static async Task ProveAsync(string fault, Func<Task<PowerCuts>> record) => await Experiment.RunAsync("The lab bites: " + fault, async experiment =>
    {
        using var cuts = await record();
        var bad = await cuts.CutAsync(CutsForProof, seed: 2, enough: 1);
        experiment.Done = "the same recording as that faulty server would have made it";
        experiment.Figure($"found out in state {cuts.States}");
        Assert.True(bad.Count > 0, $"{cuts.States} states of a server with a known fault ({fault}) passed");
    });

    private static async Task StartOnCopyAsync(string data)
    {
        using TemporaryDirectory copy = new();
        if (Directory.Exists(data))
            await ExternalProgram.RunAsync("cp", null, "-a", data, copy["data"]);
        await using var program = await SmtpdProcess.ServeAsync(copy["data"], NumberedMail.Settings);
        using (var client = await RawClient.ConnectAsync(program.Smtp, TestContext.Current.CancellationToken))
            Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("after the power cut")), StringComparison.Ordinal);
        Assert.Equal(0, await program.TerminateAsync());
    }

    // Several runs on one directory, one after the other: each end takes the log over into the database, and each start finds what the last one left.
    private async Task<List<DiskEvent>> RecordAsync(int runs, int messages)
    {
        List<DiskEvent> all = [];
        for (var i = 0; i < runs; i++)
        {
            var before = all.Count;
            var run = await Recording.OfAsync(directory.Path, Arguments, program => SendAsync(program, messages));
            all.AddRange(run.Select(each => Later(each, before)));
        }

        return all;
    }

    // As part of a longer recording.
    private static DiskEvent Later(DiskEvent each, int before) => each switch
    {
        Synced sync => sync with { Begun = sync.Begun + before },
        SyncFailed sync => sync with { Begun = sync.Begun + before },
        _ => each,
    };

    private async Task StartOnceAsync()
    {
        await using var fresh = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings);
        Assert.Equal(0, await fresh.TerminateAsync());
    }

    private async Task SendAsync(SmtpdProcess program, int messages)
    {
        var enough = ledger.Expect(messages);
        using CancellationTokenSource stop = new();
        var load = ledger.LoadAsync(program.Smtp, 6, stop.Token);
        await enough.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await load;
    }

    private List<(int At, int Number)> AcknowledgementsIn(List<DiskEvent> events)
    {
        var numbers = ledger.Acknowledged.ToDictionary(each => each.Value, each => each.Key);
        var told = events.Index().Where(each => each.Item is Acknowledged).Select(each => (each.Index, numbers[((Acknowledged)each.Item).QueuedAs])).ToList();
        Assert.Equal(ledger.Acknowledged.Count, told.Count);
        return told;
    }

    private static bool IsLog(string path) => path.EndsWith(".db-wal", StringComparison.Ordinal);

    // With NORMAL the log is synced only before it is taken over into the database.
    private static List<DiskEvent> WithoutSyncOfCommits(List<DiskEvent> events)
    {
        var kept = events.ToList();
        var isTakenOver = false;
        for (var i = events.Count - 1; i >= 0; i--)
        {
            switch (events[i])
            {
                case Written(var path, _, _):
                    isTakenOver = path.EndsWith(".db", StringComparison.Ordinal) || (isTakenOver && !IsLog(path));
                    break;
                case Synced(var path, _) when IsLog(path) && !isTakenOver:
                    kept[i] = new Synced("", 0);
                    break;
            }
        }

        return kept;
    }

    // Before the first write to the log that the sync before the reply was for.
    private static int StartOfCommit(List<DiskEvent> events, int reply)
    {
        var syncs = Enumerable.Range(0, reply).Reverse().Where(i => events[i] is Synced sync && IsLog(sync.Path)).Take(2).ToList();
        return syncs.Count < 2 ? 0 : syncs[1];
    }

    // A directory as it lies there, whole and synced.
    private IEnumerable<DiskEvent> AsFound(string path)
    {
        yield return new Created(path, IsDirectory: true);
        foreach (var each in Directory.EnumerateDirectories(path))
        {
            foreach (var inside in AsFound(each))
                yield return inside;
        }

        foreach (var each in Directory.EnumerateFiles(path).Where(each => !each.EndsWith("-shm", StringComparison.Ordinal)))
        {
            yield return new Created(each, IsDirectory: false);
            yield return new Written(each, 0, File.ReadAllBytes(each));
            yield return new Synced(each, int.MaxValue);
        }

        yield return new Synced(path, int.MaxValue);
        yield return new Synced(directory.Path, int.MaxValue);
    }
}
