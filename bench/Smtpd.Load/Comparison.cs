using System.Globalization;

namespace Smtpd.Load;

/// <summary>Runs the same loads against all servers in turn and prints one Markdown table. What other work does to the machine meets all of them alike, so the ratio within a round says more than
/// the figures themselves.</summary>
internal static class Comparison
{
    private const string Header = """
        | load | server | CPU µs/message | ratio | messages/s | ratio | p50 ms | p99 ms | RSS MB | KB/idle connection | errors |
        |---|---|---|---|---|---|---|---|---|---|---|
        """;

    public static async Task<int> RunAsync(ComparisonOptions options)
    {
        var data = options.Data ?? Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"/var/tmp/smtpd-bench-{Environment.ProcessId}")).FullName;
        try
        {
            var errors = 0;
            string[] compared = [.. options.Loads.Where(name => !Growth.IsLoad(name))];
            if (compared.Length > 0)
                Console.WriteLine(Header);
            foreach (var name in compared)
                errors += await CompareAsync(Workload.Named(name), Path.Combine(data, name), options);
            if (options.Loads.Any(Growth.IsLoad))
                await Growth.RunAsync(Path.Combine(data, "growth"), options);
            return errors == 0 ? 0 : 1;
        }
        finally
        {
            if (options.Data is null)
                Directory.Delete(data, recursive: true);
        }
    }

    // Each group of loads has servers of its own: a heap that a load has grown has room for the next and shows nothing.
    private static async Task<int> CompareAsync(IReadOnlyList<Workload> workloads, string data, ComparisonOptions options)
    {
        List<MeasuredServer> servers = [];
        try
        {
            foreach (var name in options.Servers)
            {
                if (await MeasuredServer.StartAsync(name, Path.Combine(data, name), options) is { } server)
                    servers.Add(server);
                else
                    await Console.Error.WriteLineAsync($"{name} is not installed: left out.");
            }

            var errors = 0;
            foreach (var workload in workloads)
                errors += await CompareAsync(workload, [.. servers.Where(each => workload.Load.Tls == TlsUse.None || each.HasTls)], options);
            return errors;
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    private static async Task<int> CompareAsync(Workload workload, IReadOnlyList<MeasuredServer> servers, ComparisonOptions options)
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
                    Warmup = round > 0 ? 0 : servers[i].IsPeer ? Math.Min(workload.Load.Warmup, 1000) : workload.Load.Warmup,
                    Timeout = TimeSpan.FromMinutes(10),
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
        double Of(Func<LoadResult, double> figure) => Figures.Median(rounds.Select(figure));
        double Ratio(Func<LoadResult, double> figure) => Figures.Median(rounds.Zip(sink, (own, other) => figure(own) / figure(other)));
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
}
