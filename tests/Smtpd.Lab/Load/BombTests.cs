using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Load;

/// <summary>Messages made to cost time or memory, sent to the running program: each is read within its bounds and listed, or refused.</summary>
public sealed class BombTests : IDisposable
{
    private const double LargestMegabytes = 400;

    // The reader gives up after 30 seconds, which none of these may need; where others want the same cores the short form may come near.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(Scale.Of(30, 20));

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task Each_is_read_within_bounds_and_listed() => Experiment.RunAsync("Message and MIME bombs", async experiment =>
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Projects:lab:Mailboxes:bombs:Addresses=bomb@y.test");
        List<(string Name, TimeSpan Took, double Megabytes)> all = [];
        List<string> listed = [];
        await GoodClient.BesideAsync(program.Smtp, experiment, async () =>
        {
            foreach (var bomb in Bomb.All)
            {
                ProcessFigures.ForgetPeak(program.Id);
                var clock = Stopwatch.StartNew();
                await SendAsync(program, bomb);
                if (bomb.Reply == "250")
                {
                    listed.Add(bomb.Name);
                    await Poll.UntilAsync(async () => await IsReadAsync(program, listed.Count), Cancel);
                }

                all.Add((bomb.Name, clock.Elapsed, ProcessFigures.Of(program.Id).PeakMegabytes));
            }
        });

        var slowest = all.MaxBy(each => each.Took);
        var largest = all.MaxBy(each => each.Megabytes);
        experiment.Done = string.Join(", ", all.Select(each => each.Name));
        experiment.Figure($"{listed.Count} listed, {all.Count - listed.Count} refused");
        experiment.Figure($"the slowest sent and read within {slowest.Took.TotalSeconds:F1} s ({slowest.Name})");
        experiment.Figure($"RSS {largest.Megabytes:F0} MB at most ({largest.Name}; bound {LargestMegabytes:F0})");
        Assert.All(all, each => Assert.True(each.Took < Longest, $"{each.Name} took {each.Took.TotalSeconds:F1} s"));
        Assert.All(all, each => Assert.True(each.Megabytes < LargestMegabytes, $"{each.Name} took {each.Megabytes:F0} MB"));
        Assert.Equal(0, await program.TerminateAsync());
    });

    private static async Task SendAsync(SmtpdProcess program, Bomb bomb)
    {
        using var peer = await Peer.GreetAsync(program.Smtp, Peer.AddressOf(0), Cancel);
        await peer.CommandAsync("MAIL FROM:<a@x.test>", "250", Cancel);
        await peer.CommandAsync("RCPT TO:<bomb@y.test>", "250", Cancel);
        await peer.CommandAsync("DATA", "354", Cancel);
        try
        {
            foreach (var each in bomb.Pieces)
                await peer.SendAsync(each, Cancel);
            await peer.SendAsync(".\r\n", Cancel);
        }
        catch (IOException) when (bomb.Reply != "250")
        {
            // It was told so before its end, see below.
        }

        await peer.ExpectAsync(bomb.Reply, Cancel);
    }

    private static async Task<bool> IsReadAsync(SmtpdProcess program, int messages)
    {
        // A client of its own: the usual one checks each answer against its schema, which is not what is measured here.
        using HttpClient http = new() { BaseAddress = program.Http.BaseAddress };
        var list = (await http.GetFromJsonAsync<JsonElement>("/api/mailboxes/2/messages?limit=1", Cancel)).GetProperty("messages");
        return list.GetArrayLength() == 1 && list[0].GetProperty("uid").GetInt32() == messages && list[0].GetProperty("snippet").ValueKind is JsonValueKind.String;
    }
}
