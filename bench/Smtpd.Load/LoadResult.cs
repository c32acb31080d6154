using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Smtpd.Load;

/// <summary>
/// What a run measured. Latency is from the first octet of a message (the connect, when each has its own connection; the time at which it was due, with a rate) to the reply after its content.
/// </summary>
internal sealed record LoadResult
{
    // A slower server is behind by more and more; one that keeps up, by the latency of its last reply only.
    private const double Kept = 0.99;

    private const string MarkdownHeader = """
        | messages/s | CPU µs/message | p50 ms | p99 ms | p99.9 ms | RSS MB | errors |
        |---|---|---|---|---|---|---|
        """;

    public int Messages { get; init; }
    public int Errors { get; init; }
    public string? FirstError { get; init; }
    public double Seconds { get; init; }
    public double MessagesPerSecond { get; init; }
    public double CpuMicrosecondsPerMessage { get; init; }
    public double MedianMilliseconds { get; init; }
    public double Percentile99Milliseconds { get; init; }
    public double Percentile999Milliseconds { get; init; }
    public double ResidentMegabytes { get; init; }
    public double ResidentGrowthMegabytes { get; init; }

    /// <summary>Messages a second that were asked for; 0 when each waits for the one before.</summary>
    public int Rate { get; init; }

    public bool IsRateKept => Rate > 0 && MessagesPerSecond >= Kept * Rate;

    /// <summary>The most that were due and waited for a free connection.</summary>
    public int MostWaiting { get; init; }

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
            Percentile999Milliseconds = Milliseconds(sorted, 0.999),
            ResidentMegabytes = after.ResidentBytes / 1e6,
            ResidentGrowthMegabytes = (after.ResidentBytes - before.ResidentBytes) / 1e6,
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>A table of one row, and a line about the rate where there is one.</summary>
    public string ToMarkdown()
    {
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {MessagesPerSecond:F0} | {CpuMicrosecondsPerMessage:F1} | {MedianMilliseconds:F2} | {Percentile99Milliseconds:F2} | {Percentile999Milliseconds:F2} | {ResidentMegabytes:F0} | {Errors} |");
        return $"{MarkdownHeader}\n{row}" + (Rate > 0 ? "\n\n" + AboutRate() : "");
    }

    private string AboutRate() => string.Create(
        CultureInfo.InvariantCulture, $"{Rate} messages/s were asked for and {(IsRateKept ? "kept" : "NOT kept")}; at most {MostWaiting} were due and waited for a free connection.");

    private static double Milliseconds(long[] sorted, double quantile) =>
        sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))] * 1e3 / Stopwatch.Frequency;
}
