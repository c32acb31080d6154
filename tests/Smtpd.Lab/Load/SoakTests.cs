using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Smtpd.Lab.Mail;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Load;

/// <summary>Half load for half an hour, with one hostile connection in a hundred: at its end the server is as it was at its beginning.</summary>
public sealed class SoakTests : IDisposable
{
    private const int Connections = 20;
    private const int OneInHostile = 100;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Scale.Of(6, 1800));
    private static readonly TimeSpan Sampling = TimeSpan.FromSeconds(Scale.Of(0.5, 10));

    private readonly TemporaryDirectory directory = new();
    private readonly List<(TimeSpan At, TimeSpan Took)> mails = [];
    private readonly List<ProcessFigures> samples = [];
    private int hostile;
    private int present;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task After_half_an_hour_it_is_as_before() => Experiment.RunAsync("Soak", async experiment =>
    {
        // Mailboxes of a fixed size: what is measured is the server, not the growth of what it keeps.
        await using var program = await SmtpdProcess.ServeAsync(directory["data"],
            [.. NumberedMail.Settings, .. Enumerable.Range(0, NumberedMail.Mailboxes).SelectMany(box => (string[])["--set", $"Projects:lab:Mailboxes:{NumberedMail.Name(box)}:Limits:Messages=2000"]),
             "--set", "Smtp:Timeouts:Greeting=30", "--set", "Smtp:Timeouts:Command=30", "--set", "Smtp:Timeouts:Data=30"]);
        var full = await MeasureFullAsync(program.Smtp);
        var rate = full / 2;
        var clock = Stopwatch.StartNew();
        var sampling = SampleAsync(program.Id, clock);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(n => Task.Run(() => SendAsync(program.Smtp, n, TimeSpan.FromSeconds(Connections / rate), clock), Cancel)));
        await sampling;
        Describe(experiment, full, rate);
        Assert.Equal(0, await program.TerminateAsync());
        AssertFlat();
    });

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    // All that this machine does, client included, for some seconds.
    private static async Task<double> MeasureFullAsync(IPEndPoint server)
    {
        var seconds = Scale.Of(2, 20);
        Ledger ledger = new(NumberedMail.SmallSize);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(seconds));
        await ledger.LoadAsync(server, Connections, stop.Token);
        Assert.True(ledger.Acknowledged.Count > Connections, "this machine has no time for the server at all");
        return ledger.Acknowledged.Count / (double)seconds;
    }

    private async Task SampleAsync(int processId, Stopwatch clock)
    {
        while (clock.Elapsed < Duration)
        {
            await Task.Delay(Sampling, Cancel);
            var figures = ProcessFigures.Of(processId);
            // How many are hostile just now follows from how fast this machine lets us be.
            samples.Add(figures with { Descriptors = figures.Descriptors - present });
        }
    }

    // A mail at each beat, over a connection for ten of them; now and then a peer that is none.
    private async Task SendAsync(IPEndPoint server, int n, TimeSpan beat, Stopwatch clock)
    {
        Ledger ledger = new(NumberedMail.SmallSize);
        Random random = new(n);
        List<Task> held = [];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var next = clock.Elapsed + beat * random.NextDouble();
        while (clock.Elapsed < Duration)
        {
            if (random.Next(OneInHostile / 10) == 0)
                held.Add(BeHostileAsync(server, random.Next(), over.Token));
            using var client = await RawClient.ConnectAsync(server, Cancel);
            for (var i = 0; i < 10 && clock.Elapsed < Duration; i++, next += beat)
            {
                if (next - clock.Elapsed is { Ticks: > 0 } pause)
                    await Task.Delay(pause, Cancel);
                var begun = clock.Elapsed;
                Assert.StartsWith("250", await ledger.SendAsync(client), StringComparison.Ordinal);
                lock (mails)
                    mails.Add((begun, clock.Elapsed - begun));
            }

            held.RemoveAll(each => each.IsCompleted);
        }

        await over.CancelAsync(); // what is still held would only be waited for
        await Task.WhenAll(held);
    }

    private async Task BeHostileAsync(IPEndPoint server, int seed, CancellationToken over)
    {
        Interlocked.Increment(ref hostile);
        Interlocked.Increment(ref present);
        var from = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.66.{seed % 250}.1"));
        var kinds = SlowPeer.Kinds.Where(each => !each.Key.Contains("AUTH", StringComparison.Ordinal) && !each.Key.Contains("handshake", StringComparison.Ordinal)).Select(each => each.Value).ToList();
        try
        {
            if (seed % 2 == 0)
            {
                using var peer = await Peer.ConnectAsync(server, from, over);
                var garbage = new byte[10_000];
                new Random(seed).NextBytes(garbage);
                await peer.SendAsync(garbage, over);
                await peer.EndAsync(over);
                return;
            }

            var kind = kinds[seed / 2 % kinds.Count];
            using var slow = await kind.Begin(server, from, over);
            await SlowPeer.HoldAsync(slow, kind.Drip, over);
        }
        catch (Exception e) when (e is IOException or SocketException || over.IsCancellationRequested)
        {
            // It was ended.
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }
    }

    private void Describe(Experiment experiment, double full, double rate)
    {
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Duration.TotalMinutes:F1} minutes of {rate:F0} messages/s, half of {full:F0}, {Connections} connections, ten mails each; {mails.Count} mails, {hostile} hostile connections");
        var (first, last) = (Quarter(samples, 1), Quarter(samples, 3));
        experiment.Figure($"second quarter and last: RSS {Median(first.Select(each => each.Megabytes)):F0} and {Median(last.Select(each => each.Megabytes)):F0} MB");
        experiment.Figure($"descriptors without those of hostile connections {Median(first.Select(each => (double)each.Descriptors)):F0} and {Median(last.Select(each => (double)each.Descriptors)):F0}");
        experiment.Figure($"threads {Median(first.Select(each => (double)each.Threads)):F0} and {Median(last.Select(each => (double)each.Threads)):F0}");
        experiment.Figure($"median {Latency(1, 0.5):F1} and {Latency(3, 0.5):F1} ms, p99 {Latency(1, 0.99):F1} and {Latency(3, 0.99):F1} ms");
    }

    private void AssertFlat()
    {
        var (first, last) = (Quarter(samples, 1), Quarter(samples, 3));
        AssertFlat(Median(first.Select(each => each.Megabytes)), Median(last.Select(each => each.Megabytes)), 1.1, 20);
        AssertFlat(Median(first.Select(each => (double)each.Descriptors)), Median(last.Select(each => (double)each.Descriptors)), 1.1, 20);
        AssertFlat(Median(first.Select(each => (double)each.Threads)), Median(last.Select(each => (double)each.Threads)), 1.1, 5);
        if (Scale.IsFull) // seconds tell nothing, and others are at work on this machine too
            AssertFlat(Latency(1, 0.5), Latency(3, 0.5), 2, 5);
    }

    private static void AssertFlat(double before, double after, double factor, double more) => Assert.InRange(after, 0, before * factor + more);

    private static List<T> Quarter<T>(List<T> all, int quarter) => all.GetRange(all.Count * quarter / 4, all.Count / 4);

    private double Latency(int quarter, double share)
    {
        var times = mails.Where(each => (int)(each.At / Duration * 4) == quarter).Select(each => each.Took.TotalMilliseconds).Order().ToList();
        return times[(int)(times.Count * share)];
    }
}
