using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Smtpd.Server.Telemetry;

namespace Smtpd.Server.Tests.Http;

/// <summary>What is added up, and how Prometheus reads it.</summary>
public sealed partial class PrometheusTextTests : IDisposable
{
    private readonly Meter meter = new("test." + Guid.NewGuid());

    public void Dispose() => meter.Dispose();

    [Fact]
    public void Counters_gauges_and_histograms_are_written_by_the_conventions()
    {
        using MetricCollector collector = new([meter.Name]);
        var counter = meter.CreateCounter<long>("a.mails", "{mail}", "Line one\nline \\two");
        var size = meter.CreateCounter<int>("a.size", "By");
        var active = meter.CreateUpDownCounter<long>("b.active");
        meter.CreateObservableGauge("c.backlog", () => new Measurement<long>(7, new KeyValuePair<string, object?>("queue.name", "x\"y\\z\n")));
        var duration = meter.CreateHistogram("d.duration", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        counter.Add(2, new KeyValuePair<string, object?>("result", "accepted"));
        counter.Add(3, new KeyValuePair<string, object?>("result", "accepted"));
        counter.Add(1, new KeyValuePair<string, object?>("result", "rejected"), new KeyValuePair<string, object?>("code", 550));
        size.Add(1500);
        active.Add(5);
        active.Add(-2);
        duration.Record(0.1);
        duration.Record(0.5);
        duration.Record(30);
        var text = PrometheusText.Write(collector.Collect());
        Assert.Equal("""
            # HELP a_mails_total Line one\nline \\two
            # TYPE a_mails_total counter
            a_mails_total{result="accepted"} 5
            a_mails_total{result="rejected",code="550"} 1
            # HELP a_size_bytes_total a.size
            # TYPE a_size_bytes_total counter
            a_size_bytes_total 1500
            # HELP b_active b.active
            # TYPE b_active gauge
            b_active 3
            # HELP c_backlog c.backlog
            # TYPE c_backlog gauge
            c_backlog{queue_name="x\"y\\z\n"} 7
            # HELP d_duration_seconds d.duration
            # TYPE d_duration_seconds histogram
            d_duration_seconds_bucket{le="0.1"} 1
            d_duration_seconds_bucket{le="1"} 2
            d_duration_seconds_bucket{le="+Inf"} 3
            d_duration_seconds_sum 30.6
            d_duration_seconds_count 3

            """.ReplaceLineEndings("\n"), text);
        Assert.Equal(text, PrometheusText.Write(collector.Collect())); // what is asked is not added up twice
        Check(text);
    }

    [Fact]
    public void A_flood_of_tags_is_bounded()
    {
        using MetricCollector collector = new([meter.Name]);
        var counter = meter.CreateCounter<long>("flood");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("peer", i));
        var points = Assert.Single(collector.Collect()).Read();
        Assert.Equal(MetricSeries.MaximumPoints + 1, points.Count);
        Assert.Equal(5000, points.Sum(each => each.Value));
        Assert.Contains("flood_total{overflow=\"true\"} 4000\n", PrometheusText.Write(collector.Collect()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_count_at_once()
    {
        using MetricCollector collector = new([meter.Name]);
        var counter = meter.CreateCounter<long>("many");
        await Parallel.ForAsync(0, 8, TestContext.Current.CancellationToken, (worker, _) =>
        {
            for (var i = 0; i < 10_000; i++)
                counter.Add(1, new KeyValuePair<string, object?>("worker", worker % 2));
            return ValueTask.CompletedTask;
        });
        Assert.Equal(80_000, Assert.Single(collector.Collect()).Read().Sum(each => each.Value));
    }

    /// <summary>Each line is a comment of two kinds or a sample, and a family stands together.</summary>
    internal static void Check(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        HashSet<string> families = [], samples = [];
        var family = "";
        foreach (var line in text.Split('\n')[..^1])
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), line);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Matches($"^# TYPE {family} (counter|gauge|histogram)$", line);
            }
            else
            {
                Assert.Matches(Sample(), line);
                Assert.StartsWith(family, line, StringComparison.Ordinal);
                Assert.True(samples.Add(line[..line.LastIndexOf(' ')]), line);
            }
        }
    }

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();
}
