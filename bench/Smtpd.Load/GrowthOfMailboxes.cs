using System.Globalization;

namespace Smtpd.Load;

/// <summary>Mailboxes with an address each, of which any may get the next message. A server for each size, as they do not shrink.</summary>
internal static class GrowthOfMailboxes
{
    private const int Messages = 10_000;

    private static readonly int[] Counts = [1, 1000, 100_000];

    public static async Task RunAsync(string data, ComparisonOptions options)
    {
        List<MeasuredServer> servers = [];
        try
        {
            List<Growth.Size> sizes = [];
            foreach (var count in Counts)
            {
                var folder = Path.Combine(data, count.ToString(CultureInfo.InvariantCulture));
                servers.Add((await MeasuredServer.StartAsync("durable", folder, options))!);
                sizes.Add(await PrepareAsync(servers[^1], count, options));
            }

            await Growth.MeasureAsync(servers[0].Name, sizes, options.Rounds);
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    private static async Task<Growth.Size> PrepareAsync(MeasuredServer server, int count, ComparisonOptions options)
    {
        await MailboxFilling.FillAsync(server.Rest!, count);
        LoadOptions load = new()
        {
            Server = server.Address,
            ProcessId = server.ProcessId,
            Size = 4096,
            Messages = Math.Max(1, Messages * options.Scale / 100),
            Mailboxes = count,
            Warmup = 0,
            Timeout = TimeSpan.FromMinutes(10),
        };
        await Growth.WarmUpAsync(load);
        return new(string.Create(CultureInfo.InvariantCulture, $"{count} mailbox{(count == 1 ? "" : "es")}"), () => LoadRun.RunAsync(load));
    }
}
