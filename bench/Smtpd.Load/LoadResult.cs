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

    public string ToJson() => JsonSerializer.Serialize(this);

    public string ToMarkdownRow() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {MessagesPerSecond:F0} | {CpuMicrosecondsPerMessage:F1} | {MedianMilliseconds:F2} | {Percentile99Milliseconds:F2} | {ResidentMegabytes:F0} | {Errors} |");
}
