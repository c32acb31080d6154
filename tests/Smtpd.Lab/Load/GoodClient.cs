using System.Diagnostics;
using System.Net;

namespace Smtpd.Lab.Load;

/// <summary>A well-behaved client that goes on sending a small mail, each over a connection of its own, while others do what they do.</summary>
internal sealed class GoodClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Scale.Of(10, 1));

    // How long it is watched before anything is done to the server.
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(Scale.Of(1, 15));

    private static readonly IPAddress From = IPAddress.Parse("127.99.0.1");
    private static readonly string Message = "From: a@x.test\r\nSubject: from the good client\r\n\r\n" + string.Concat(Enumerable.Repeat("Hello\r\n", 100)) + ".\r\n";

    private readonly List<TimeSpan> times = [];

    public int Served => times.Count;

    public TimeSpan Slowest => times.Max();

    public TimeSpan Median => times.Order().ElementAt(times.Count / 2);

    /// <summary>Sends until it is stopped; whatever is refused is an error.</summary>
    public async Task RunAsync(IPEndPoint server, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            using (var peer = await Peer.GreetAsync(server, From, CancellationToken.None))
            {
                await peer.CommandAsync("MAIL FROM:<a@x.test>", "250", CancellationToken.None);
                await peer.CommandAsync("RCPT TO:<b@y.test>", "250", CancellationToken.None);
                await peer.CommandAsync("DATA", "354", CancellationToken.None);
                await peer.SendAsync(Message, CancellationToken.None);
                await peer.ExpectAsync("250", CancellationToken.None);
                await peer.CommandAsync("QUIT", "221", CancellationToken.None);
            }

            times.Add(clock.Elapsed);
            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs beside something, and was served within a second all the while; where other programs want the same cores, within three times what it waited alone.</summary>
    public static async Task BesideAsync(IPEndPoint server, Experiment experiment, Func<Task> act)
    {
        GoodClient alone = new(), good = new();
        using (CancellationTokenSource before = new(Alone))
            await alone.RunAsync(server, before.Token);
        using CancellationTokenSource stop = new();
        var running = Task.Run(() => good.RunAsync(server, stop.Token), CancellationToken.None);
        try
        {
            await act();
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        experiment.Figure($"a good client: {good.Served} mails, median {good.Median.TotalMilliseconds:F0} ms, slowest {good.Slowest.TotalMilliseconds:F0} ms (alone {alone.Median.TotalMilliseconds:F0} and {alone.Slowest.TotalMilliseconds:F0})");
        Assert.True(good.Slowest < Patience || good.Slowest < 3 * alone.Slowest, $"a good client waited {good.Slowest.TotalSeconds:F1} s, and {alone.Slowest.TotalSeconds:F1} s alone");
    }
}
