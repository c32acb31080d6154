using System.Globalization;

namespace Smtpd.Load;

internal sealed record ComparisonOptions
{
    public const string Usage = """
        compare [options]
        --smtpd FILE    the program to measure (required)
        --sink FILE     Postfix's test sink (/usr/sbin/smtp-sink)
        --rounds N      rounds, each of all servers in turn (5)
        --scale N       messages of a run in percent of the usual number (100)
        --data DIR      where the durable store is kept, on a real disk (a new folder under /var/tmp, removed at the end)
        --full          also pipelined, many recipients, 10 MB messages and idle connections
        """;

    public string Smtpd { get; init; } = "";
    public string Sink { get; init; } = "/usr/sbin/smtp-sink";
    public int Rounds { get; init; } = 5;
    public int Scale { get; init; } = 100;
    public string? Data { get; init; }
    public bool Full { get; init; }

    public static ComparisonOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ComparisonOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--full")
            {
                options = options with { Full = true };
                continue;
            }
            if (++i == arguments.Length)
                throw new FormatException($"{name} needs a value.\n{Usage}");
            var value = arguments[i];
            options = name switch
            {
                "--smtpd" => options with { Smtpd = value },
                "--sink" => options with { Sink = value },
                "--rounds" => options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--scale" => options with { Scale = int.Parse(value, CultureInfo.InvariantCulture) },
                "--data" => options with { Data = value },
                _ => throw new FormatException($"Unknown option {name}.\n{Usage}"),
            };
        }
        return options.Smtpd.Length > 0 ? options : throw new FormatException($"--smtpd FILE is missing.\n{Usage}");
    }
}

/// <summary>Runs the same loads against <c>smtp-sink</c> and <c>smtpd</c> in turn and prints one Markdown table. What other work does
/// to the machine meets all of them alike, so the ratio within a round says more than the figures themselves.</summary>
internal static class Comparison
{
    private sealed record Workload(string Name, LoadOptions Load);

    // Until the runtime has compiled what is hot for good, a third of the CPU is the compiler's.
    private static readonly Workload[] Usual =
    [
        new("1 KB, one a connection", new LoadOptions { Size = 1024, PerConnection = 1, Messages = 5000, Warmup = 20_000 }),
        new("1 KB, kept connections", new LoadOptions { Size = 1024, Messages = 15_000, Warmup = 20_000 }),
        new("4 KB, kept connections", new LoadOptions { Size = 4096, Messages = 15_000, Warmup = 5000 }),
    ];

    // On servers of their own: a heap that a load has grown has room for them and shows nothing.
    private static readonly Workload[] Idle = [new("idle after EHLO", new LoadOptions { Idle = 2000, Warmup = 1000 })];

    private static readonly Workload[] Further =
    [
        new("4 KB, one connection", new LoadOptions { Size = 4096, Connections = 1, Messages = 2000, Warmup = 500 }),
        new("4 KB, pipelined", new LoadOptions { Size = 4096, Messages = 15_000, Warmup = 5000, Pipeline = true }),
        new("1 KB, 20 recipients, pipelined", new LoadOptions { Size = 1024, Messages = 5000, Warmup = 2000, Recipients = 20, Pipeline = true }),
        new("10 MB, 4 connections", new LoadOptions { Size = 10_000_000, Connections = 4, Messages = 40, Warmup = 8 }),
    ];

    public static async Task<int> RunAsync(ComparisonOptions options)
    {
        var data = options.Data ?? Directory.CreateDirectory($"/var/tmp/smtpd-bench-{Environment.ProcessId}").FullName;
        try
        {
            Console.WriteLine("| load | server | CPU µs/message | ratio | messages/s | ratio | p50 ms | p99 ms | RSS MB | KB/idle connection | errors |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
            var errors = await CompareAsync(options.Full ? [.. Usual, .. Further] : Usual, Path.Combine(data, "loads"), options);
            if (options.Full)
                errors += await CompareAsync(Idle, Path.Combine(data, "idle"), options);
            return errors == 0 ? 0 : 1;
        }
        finally
        {
            if (options.Data is null)
                Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<int> CompareAsync(Workload[] workloads, string data, ComparisonOptions options)
    {
        List<MeasuredServer> servers = [];
        try
        {
            servers.Add(await MeasuredServer.StartSinkAsync(options.Sink));
            servers.Add(await MeasuredServer.StartSmtpdAsync("smtpd, discarding", options.Smtpd, "null", Path.Combine(data, "null")));
            servers.Add(await MeasuredServer.StartSmtpdAsync("smtpd, durable", options.Smtpd, "sqlite", Path.Combine(data, "sqlite")));
            var errors = 0;
            foreach (var workload in workloads)
                errors += await CompareAsync(workload, servers, options);
            return errors;
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    private static async Task<int> CompareAsync(Workload workload, List<MeasuredServer> servers, ComparisonOptions options)
    {
        LoadResult[][] results = [.. servers.Select(_ => new LoadResult[options.Rounds])];
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < servers.Count; i++)
            {
                var load = workload.Load with
                {
                    Server = servers[i].Address,
                    ProcessId = servers[i].ProcessId,
                    Messages = Math.Max(1, workload.Load.Messages * options.Scale / 100),
                    Warmup = round == 0 ? workload.Load.Warmup : 0,
                };
                results[i][round] = await LoadRun.RunAsync(load);
                if (results[i][round].FirstError is { } error)
                    await Console.Error.WriteLineAsync($"{servers[i].Name}, {workload.Name}: {error}");
            }
        }
        for (var i = 0; i < servers.Count; i++)
            Console.WriteLine(Row(workload, servers[i].Name, results[i], results[0]));
        return results.Sum(rounds => rounds.Sum(result => result.Errors));
    }

    private static string Row(Workload workload, string server, LoadResult[] rounds, LoadResult[] sink)
    {
        double Of(Func<LoadResult, double> figure) => Median(rounds.Select(figure));
        double Ratio(Func<LoadResult, double> figure) => Median(rounds.Zip(sink, (own, other) => figure(own) / figure(other)));
        var sent = workload.Load.Idle > 0
            ? "| | | | | | "
            : string.Create(
                CultureInfo.InvariantCulture,
                $"| {Of(r => r.CpuMicrosecondsPerMessage):F0} | {Ratio(r => r.CpuMicrosecondsPerMessage):F2} | {Of(r => r.MessagesPerSecond):F0} | {Ratio(r => r.MessagesPerSecond):F2} | {Of(r => r.MedianMilliseconds):F2} | {Of(r => r.Percentile99Milliseconds):F2} ");
        // Memory is taken in the first round and used again in the others.
        var idle = workload.Load.Idle > 0 ? rounds.Max(r => r.KilobytesPerIdleConnection).ToString("F1", CultureInfo.InvariantCulture) : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {workload.Name} | {server} {sent}| {Of(r => r.ResidentMegabytes):F0} | {idle} | {rounds.Sum(r => r.Errors)} |");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
