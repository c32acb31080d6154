using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Smtpd.Load;

/// <summary>What a run measured. Latency is from the first octet of a message (the connect, when each has its own connection) to the
/// reply after its content.</summary>
internal sealed record LoadResult
{
    public const string MarkdownHeader = """
        | messages/s | CPU µs/message | p50 ms | p99 ms | RSS MB | errors |
        |---|---|---|---|---|---|
        """;

    public int Messages { get; init; }
    public int Errors { get; init; }
    public string? FirstError { get; init; }
    public double Seconds { get; init; }
    public double MessagesPerSecond { get; init; }
    public double CpuMicrosecondsPerMessage { get; init; }
    public double MedianMilliseconds { get; init; }
    public double Percentile99Milliseconds { get; init; }
    public double ResidentMegabytes { get; init; }
    public double ResidentGrowthMegabytes { get; init; }
    public double KilobytesPerIdleConnection { get; init; }

    /// <param name="latencies">In ticks of <see cref="Stopwatch"/>; 0 where a message was not sent.</param>
    /// <param name="elapsed">From the first message to the last reply.</param>
    /// <param name="before">The server at rest before the first message.</param>
    /// <param name="after">The server at rest after the last one.</param>
    public static LoadResult Of(IEnumerable<long> latencies, TimeSpan elapsed, ProcessTree before, ProcessTree after)
    {
        long[] sorted = [.. latencies.Where(ticks => ticks > 0).Order()];
        return new LoadResult
        {
            Messages = sorted.Length,
            Seconds = elapsed.TotalSeconds,
            MessagesPerSecond = sorted.Length / elapsed.TotalSeconds,
            CpuMicrosecondsPerMessage = (after.Cpu - before.Cpu).TotalMicroseconds / Math.Max(1, sorted.Length),
            MedianMilliseconds = Milliseconds(sorted, 0.50),
            Percentile99Milliseconds = Milliseconds(sorted, 0.99),
            ResidentMegabytes = after.ResidentBytes / 1e6,
            ResidentGrowthMegabytes = (after.ResidentBytes - before.ResidentBytes) / 1e6,
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    public string ToMarkdownRow() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {MessagesPerSecond:F0} | {CpuMicrosecondsPerMessage:F1} | {MedianMilliseconds:F2} | {Percentile99Milliseconds:F2} | {ResidentMegabytes:F0} | {Errors} |");

    private static double Milliseconds(long[] sorted, double quantile) =>
        sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))] * 1e3 / Stopwatch.Frequency;
}
