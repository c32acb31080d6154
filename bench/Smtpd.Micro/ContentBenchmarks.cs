using BenchmarkDotNet.Attributes;
using Smtpd.Protocol;

namespace Smtpd.Micro;

/// <summary>Content of DATA with its end, as one arrival: the end is found and the dots are taken away.</summary>
public class ContentBenchmarks
{
    private readonly byte[] small = SampleMail.Content(4 * 1024, stuffed: false);
    private readonly byte[] smallStuffed = SampleMail.Content(4 * 1024, stuffed: true);
    private readonly byte[] large = SampleMail.Content(1024 * 1024, stuffed: false);
    private readonly byte[] largeStuffed = SampleMail.Content(1024 * 1024, stuffed: true);

    [Benchmark(Description = "content, 4 KB")]
    public long Small() => Read(small);

    [Benchmark(Description = "content, 4 KB, a dot before every tenth line")]
    public long SmallStuffed() => Read(smallStuffed);

    [Benchmark(Description = "content, 1 MB")]
    public long Large() => Read(large);

    [Benchmark(Description = "content, 1 MB, a dot before every tenth line")]
    public long LargeStuffed() => Read(largeStuffed);

    private static long Read(ReadOnlyMemory<byte> input)
    {
        DotReader reader = default;
        long octets = 0;
        DotReader.Result result;
        while ((result = reader.Read(ref input, out var piece)) == DotReader.Result.Content)
            octets += piece.Length;
        return result == DotReader.Result.End ? octets : throw new InvalidOperationException("The end was not found.");
    }
}
