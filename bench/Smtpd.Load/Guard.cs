using System.Globalization;

namespace Smtpd.Load;

/// <summary>
/// Fails when a message costs much more than it did when this was written: CPU as a multiple of what the bare loop takes for the same load in the same run. What else the machine does meets both alike,
/// and the best of the rounds counts, so that only the program itself can trip it. A limit is half as much again as was measured.
/// </summary>
internal static class Guard
{
    private const int Rounds = 4;

    private static readonly (Workload Load, string Store, double Limit)[] Limits =
    [
        (new("1 KB, one a connection", new() { Size = 1024, PerConnection = 1, Messages = 2000, Warmup = 8000 }), "null", 1.4),
        (new("4 KB, kept connections", new() { Size = 4096, Messages = 8000, Warmup = 20_000 }), "null", 2.1),
        (new("4 KB, kept connections", new() { Size = 4096, Messages = 4000, Warmup = 10_000 }), "sqlite", 18),
    ];

    public static async Task<int> RunAsync(string smtpd)
    {
        var data = Directory.CreateTempSubdirectory("smtpd-guard-").FullName;
        try
        {
            var isBroken = false;
            foreach ((var workload, var store, var limit) in Limits)
            {
                using var bare = await MeasuredServer.StartBareAsync();
                using var measured = await MeasuredServer.StartSmtpdAsync(store, smtpd, store, Path.Combine(data, store));
                var best = double.MaxValue;
                for (var round = 0; round < Rounds && best > limit; round++)
                {
                    var least = await CostAsync(bare!, workload, round);
                    best = Math.Min(best, await CostAsync(measured!, workload, round) / least);
                }

                isBroken |= best > limit;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(best > limit ? "TOO DEAR" : "ok")}: {workload.Name}, --store {store}: {best:F2} times the bare loop, at most {limit:F2}"));
            }

            return isBroken ? 1 : 0;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<double> CostAsync(MeasuredServer server, Workload workload, int round)
    {
        var result = await LoadRun.RunAsync(workload.Load with { Server = server.Address, ProcessId = server.ProcessId, Warmup = round == 0 ? workload.Load.Warmup : 0 });
        return result.Errors == 0 ? result.CpuMicrosecondsPerMessage : throw new IOException($"{server.Name}: {result.FirstError}");
    }
}
