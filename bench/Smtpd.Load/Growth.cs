using System.Globalization;

namespace Smtpd.Load;

/// <summary>
/// What becomes of the cost of a message when there are ten, a hundred, a thousand times as many connections or mailboxes. A ratio is the median of the ratios to the smallest size within a round.
/// </summary>
internal static class Growth
{
    private const string Both = "growth";
    private const string Connections = "connections";
    private const string Mailboxes = "mailboxes";

    private const string Header = """
        | what there is | server | CPU µs/message | ratio to the fewest | messages/s | p50 ms | p99 ms | RSS MB |
        |---|---|---|---|---|---|---|---|
        """;

    public static bool IsLoad(string name) => name is Both or Connections or Mailboxes;

    public static async Task RunAsync(string data, ComparisonOptions options)
    {
        Console.WriteLine(Header);
        // Other servers have limits of their own on connections, and none of them has mailboxes.
        string[] servers = [.. options.Servers.Where(name => name is "bare" or "discarding" or "durable" or "postgres")];
        foreach (var name in options.Loads.Any(load => load is Both or Connections) ? servers : [])
            await GrowthOfConnections.RunAsync(name, Path.Combine(data, name), options);
        if (options.Loads.Any(load => load is Both or Mailboxes) && servers.Contains("durable"))
            await GrowthOfMailboxes.RunAsync(Path.Combine(data, Mailboxes), options);
    }

    /// <summary>Measures all sizes in each round, in turn, and prints a row for each.</summary>
    public static async Task MeasureAsync(string server, IReadOnlyList<Size> sizes, int rounds)
    {
        LoadResult[][] results = [.. sizes.Select(_ => new LoadResult[rounds])];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sizes.Count; i++)
                results[i][round] = Faultless(await sizes[i].MeasureAsync());
        }

        for (var i = 0; i < sizes.Count; i++)
            Console.WriteLine(Row(sizes[i].Name, server, results[i], results[0]));
    }

    /// <summary>Until the runtime has compiled what is hot for good.</summary>
    public static async Task WarmUpAsync(LoadOptions load) => Faultless(await LoadRun.RunAsync(load with { Warmup = 20_000, Messages = 1 }));

    private static LoadResult Faultless(LoadResult result) => result.Errors == 0 ? result : throw new IOException(result.FirstError);

    private static string Row(string size, string server, LoadResult[] rounds, LoadResult[] fewest)
    {
        double Of(Func<LoadResult, double> figure) => Figures.Median(rounds.Select(figure));
        var ratio = Figures.Median(rounds.Zip(fewest, (own, other) => own.CpuMicrosecondsPerMessage / other.CpuMicrosecondsPerMessage));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {size} | {server} | {Of(r => r.CpuMicrosecondsPerMessage):F1} | {ratio:F2} | {Of(r => r.MessagesPerSecond):F0} | {Of(r => r.MedianMilliseconds):F2} | {Of(r => r.Percentile99Milliseconds):F2} | {Of(r => r.ResidentMegabytes):F0} |");
    }

    /// <summary>One size, and how it is measured.</summary>
    internal sealed record Size(string Name, Func<Task<LoadResult>> MeasureAsync);
}
