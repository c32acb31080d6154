using System.Globalization;

namespace Smtpd.Load;

/// <summary>Connections that are open while 20 of them at a time send, all in turn. All sizes are measured on one server.</summary>
internal static class GrowthOfConnections
{
    private const int Messages = 20_000;

    private static readonly int[] Counts = [20, 200, 2000, 10_000];

    public static async Task RunAsync(string name, string data, ComparisonOptions options)
    {
        using var server = await MeasuredServer.StartAsync(name, data, options);
        LoadOptions load = new()
        {
            Server = server!.Address,
            ProcessId = server.ProcessId,
            Size = 4096,
            Messages = Math.Max(1, Messages * options.Scale / 100),
            Timeout = TimeSpan.FromMinutes(10),
        };
        await Growth.WarmUpAsync(load);
        await Growth.MeasureAsync(server.Name, [.. Allowed().Select(count => SizeOf(load with { Connections = count }))], options.Rounds);
    }

    private static Growth.Size SizeOf(LoadOptions load) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{load.Connections} connections"), () => ConnectionsInTurn.RunAsync(load));

    // The largest is less where there are too few descriptors.
    private static IEnumerable<int> Allowed()
    {
        var most = Descriptors.Connections() / ConnectionsInTurn.Senders * ConnectionsInTurn.Senders;
        return Counts.Select(count => Math.Min(count, most)).Distinct();
    }
}
