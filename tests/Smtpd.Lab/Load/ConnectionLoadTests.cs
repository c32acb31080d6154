using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Load;

/// <summary>Ten thousand connections of peers that want nothing, and as many as one address can make.</summary>
public sealed class ConnectionLoadTests : IDisposable
{
    // Both sides of each connection are on this machine, and a process has so many descriptors.
    private static readonly int Connections = Scale.Of(1000, 10_000);

    // What was measured, and a third more: 100 for the program, 12 KB for a connection, 80 KB for one under TLS.
    private static readonly double LargestMegabytes = Scale.Of(300, 500);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task Connections_that_do_nothing_cost_little_and_hinder_nobody() => Experiment.RunAsync("Idle connections", async experiment =>
    {
        // As many as there shall be, and the good client.
        await using var program = await ServeAsync("--set", string.Create(CultureInfo.InvariantCulture, $"Smtp:Limits:Connections={Connections + 100}"));
        using (await Peer.GreetAsync(program.Smtp, Peer.AddressOf(0), Cancel))
        {
            // One of each kind of work has been done before anything is measured.
        }

        var before = ProcessFigures.Of(program.Id);
        List<ProcessFigures> waves = [];
        await GoodClient.BesideAsync(program.Smtp, experiment, async () =>
        {
            for (var wave = 0; wave < 2; wave++)
            {
                var peers = await ConnectAllAsync(program.Smtp);
                waves.Add(ProcessFigures.Of(program.Id));
                await LeaveAsync(peers);
                await Poll.UntilAsync(() => ProcessFigures.Of(program.Id).Descriptors <= before.Descriptors + 30, Cancel);
            }
        });

        var after = ProcessFigures.Of(program.Id);
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"twice {Connections} connections at once: 40 % after EHLO, 30 % that never said a word, 30 % under TLS, from {Connections / 50} addresses");
        experiment.Figure($"RSS {before.Megabytes:F0} MB before, {waves[0].Megabytes:F0} and {waves[1].Megabytes:F0} MB with them (bound {LargestMegabytes:F0})");
        experiment.Figure($"descriptors {before.Descriptors}, {waves[0].Descriptors}, {after.Descriptors} afterwards");
        Assert.All(waves, each => Assert.InRange(each.Descriptors, Connections, Connections + 400));
        Assert.InRange(waves.Max(each => each.Megabytes), 0, LargestMegabytes);
        Assert.InRange(waves[1].Megabytes, 0, waves[0].Megabytes * 1.2);
        Assert.Equal(0, await program.TerminateAsync());
    });

    /// <summary>It holds as many as it may and goes on; as often as this machine does not mind making itself: what is asked is what the server minds.</summary>
    [Fact]
    public Task A_flood_from_one_address_is_turned_away() => Experiment.RunAsync("Flood from one address", async experiment =>
    {
        var flooder = IPAddress.Parse("127.66.6.6");
        await using var program = await ServeAsync();
        var held = await Task.WhenAll(Enumerable.Range(0, new SmtpLimits().ConnectionsPerAddress).Select(_ => Peer.GreetAsync(program.Smtp, flooder, Cancel)));
        var (connects, turnedAway) = (0, 0);
        await GoodClient.BesideAsync(program.Smtp, experiment, async () =>
        {
            using CancellationTokenSource stop = new(TimeSpan.FromSeconds(Scale.Of(3, 30)));
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
            {
                for (; !stop.IsCancellationRequested; await Task.Delay(Between, Cancel))
                {
                    try
                    {
                        using var peer = await Peer.ConnectAsync(program.Smtp, flooder, Cancel);
                        Interlocked.Increment(ref connects);
                        if ((await peer.ReplyAsync(Cancel))?.StartsWith("421", StringComparison.Ordinal) == true)
                            Interlocked.Increment(ref turnedAway);
                    }
                    catch (SocketException)
                    {
                        // This side has run out of ports for a moment.
                    }
                }
            }, Cancel)));
        });

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"an address with {held.Length} connections connects {connects} times in {Scale.Of(3, 30)} s");
        experiment.Figure($"{turnedAway} told 421");
        Assert.Equal(connects, turnedAway);
        Assert.NotEqual(0, connects);
        Array.ForEach(held, each => each.Dispose());
        Assert.Equal(0, await program.TerminateAsync());
    });

    /// <summary>Work for the server without end, of which none is refused: others must have their turn.</summary>
    [Fact]
    public Task Clients_that_never_stop_asking_hinder_nobody() => Experiment.RunAsync("Pipelining without end", async experiment =>
    {
        await using var program = await ServeAsync();
        var octets = 0L;
        await GoodClient.BesideAsync(program.Smtp, experiment, () => Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            using CancellationTokenSource stop = new(TimeSpan.FromSeconds(Scale.Of(4, 30)));
            using var peer = await Peer.GreetAsync(program.Smtp, Peer.AddressOf(n), Cancel);
            var reading = peer.EndAsync(stop.Token);
            var block = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("NOOP\r\n", 20_000)));
            try
            {
                for (; ; Interlocked.Add(ref octets, block.Length))
                    await peer.SendAsync(block, stop.Token);
            }
            catch (OperationCanceledException)
            {
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }, Cancel))));
        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"four clients send NOOP for {Scale.Of(4, 30)} s and read the answers: {octets / 6} of them");
        Assert.Equal(0, await program.TerminateAsync());
    });

    private Task<SmtpdProcess> ServeAsync(params string[] arguments) => SmtpdProcess.ServeAsync(directory["data"], ["--tls-self-signed", .. arguments]);

    // Over some seconds: a connection under TLS that is reset costs the server almost a millisecond (an exception that comes up through the stream), and thousands at one moment are
    // seconds in which nobody else is served.
    private static async Task LeaveAsync(List<Peer> peers)
    {
        foreach (var some in peers.Chunk(100))
        {
            Array.ForEach(some, each => each.Dispose());
            await Task.Delay(Between, Cancel);
        }
    }

    private static async Task<List<Peer>> ConnectAllAsync(IPEndPoint server)
    {
        var peers = new Peer[Connections];
        await Parallel.ForEachAsync(Enumerable.Range(0, Connections), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (n, token) =>
        {
            var from = Peer.AddressOf(n);
            if (n % 10 is 7 or 8 or 9)
            {
                peers[n] = await Peer.ConnectAsync(server, from, token);
                await peers[n].ExpectAsync("220", token); // else it might wait in the kernel only
                return;
            }

            peers[n] = await Peer.GreetAsync(server, from, token);
            if (n % 10 is 4 or 5 or 6)
                await peers[n].StartTlsAsync(token);
        });
        return [.. peers];
    }
}
