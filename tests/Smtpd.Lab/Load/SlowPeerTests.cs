using System.Diagnostics;
using System.Globalization;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Load;

/// <summary>Slow-loris in every state: each is ended by the deadline of its state, and hinders nobody until then.</summary>
public sealed class SlowPeerTests : IDisposable
{
    private const int Deadline = 8;

    // The heartbeat looks once a second, a peer that never reads first fills what lies between, and the machine is busy.
    private const int Margin = 10;

    private static readonly int Each = Scale.Of(20, 500);
    private static readonly double LargestMegabytes = Scale.Of(250, 500);

    private readonly TemporaryDirectory directory = new();
    private readonly SemaphoreSlim turns = new(16);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        turns.Dispose();
        directory.Dispose();
    }

    [Fact]
    public Task Slow_peers_are_ended_and_hinder_nobody() => Experiment.RunAsync("Slow-loris in every state", async experiment =>
    {
        await using var program = await ServeAsync();
        var before = ProcessFigures.Of(program.Id);
        Dictionary<string, TimeSpan> held = [];
        var largest = before;
        await GoodClient.BesideAsync(program.Smtp, experiment, async () =>
        {
            var n = 0;
            await Task.WhenAll(SlowPeer.Kinds.Select(kind => Task.Run(async () =>
            {
                // To fill what lies between costs both sides seconds of computing: a tenth of these, or it would be they that hinder.
                var peers = kind.Key == SlowPeer.NeverReads ? Each / 10 : Each;
                var first = Interlocked.Add(ref n, peers) - peers;
                var all = await Task.WhenAll(Enumerable.Range(first, peers).Select(async number =>
                {
                    using var peer = await InTurnAsync(() => kind.Value.Begin(program.Smtp, Peer.AddressOf(number), Cancel));
                    var clock = Stopwatch.StartNew();
                    await SlowPeer.HoldAsync(peer, kind.Value.Drip, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
                    return clock.Elapsed;
                }));
                lock (held)
                {
                    held.Add(kind.Key, all.Max());
                    largest = new[] { largest, ProcessFigures.Of(program.Id) }.MaxBy(each => each.PeakMegabytes)!;
                }
            }, Cancel)));
        });
        await Poll.UntilAsync(() => ProcessFigures.Of(program.Id).Descriptors <= before.Descriptors + 30, Cancel);

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Each} at once in each of {held.Count} states ({string.Join(", ", held.Keys)}), dripping where something can; deadlines of {Deadline} s");
        experiment.Figure($"ended after {held.Values.Max().TotalSeconds:F1} s at most");
        experiment.Figure($"RSS {before.Megabytes:F0} MB, at most {largest.PeakMegabytes:F0} MB (bound {LargestMegabytes:F0}), descriptors as before");
        Assert.All(held, each => Assert.True(each.Value.TotalSeconds < Deadline + Margin, $"{each.Key}: held for {each.Value.TotalSeconds:F1} s"));
        Assert.InRange(largest.PeakMegabytes, 0, LargestMegabytes);
        Assert.Equal(0, await program.TerminateAsync());
    });

    /// <summary>The lowest rate counts after a minute, which only the full form has.</summary>
    [Fact]
    public Task An_octet_a_second_inside_DATA_is_ended_after_a_minute() => Experiment.RunAsync("An octet a second inside DATA", async experiment =>
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        var before = ProcessFigures.Of(program.Id);
        List<TimeSpan> held = [];
        await GoodClient.BesideAsync(program.Smtp, experiment, () => Task.WhenAll(Enumerable.Range(0, Each).Select(async n =>
        {
            using var peer = await SlowPeer.Dripping(program.Smtp, Peer.AddressOf(n), Cancel);
            var clock = Stopwatch.StartNew();
            var holding = SlowPeer.HoldAsync(peer, new string('x', 90), Cancel);
            if (Scale.IsFull)
                await holding;
            else
                await Task.WhenAny(holding, Task.Delay(TimeSpan.FromSeconds(4), Cancel));
            lock (held)
                held.Add(clock.Elapsed);
        })));
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Each} at once, default deadlines{(Scale.IsFull ? "" : ", left after 4 s")}");
        experiment.Figure($"held for {held.Max().TotalSeconds:F0} s at most");
        await Poll.UntilAsync(() => ProcessFigures.Of(program.Id).Descriptors <= before.Descriptors + 30, Cancel);
        Assert.InRange(held.Max().TotalSeconds, 3, 75);
        Assert.Equal(0, await program.TerminateAsync());
    });

    // What thousands cost that come at the same moment is another question, and they share the cores with the server here.
    private async Task<Peer> InTurnAsync(Func<Task<Peer>> begin)
    {
        await turns.WaitAsync(Cancel);
        try
        {
            return await begin();
        }
        finally
        {
            turns.Release();
        }
    }

    private Task<SmtpdProcess> ServeAsync()
    {
        var deadline = string.Create(CultureInfo.InvariantCulture, $"{Deadline}");
        return SmtpdProcess.ServeAsync(directory["data"], ["--tls-self-signed", "--set", "Smtp:AllowInsecureAuth=true",
            .. new[] { "Handshake", "Greeting", "Command", "Data", "Write" }.SelectMany(each => (string[])["--set", $"Smtp:Timeouts:{each}={deadline}"])]);
    }
}
