using System.Diagnostics.Metrics;

namespace Smtpd.Server.Storage;

/// <summary>How an engine commits: part of the meter <c>Smtpd.Server</c>. While nobody listens it costs two comparisons a commit.</summary>
internal sealed class CommitMetrics : IDisposable
{
    private readonly Meter meter = new("Smtpd.Server");
    private readonly Histogram<double> duration;
    private readonly Histogram<long> size;
    private readonly Counter<long> failures;

    public CommitMetrics()
    {
        duration = meter.CreateHistogram<double>("smtpd.store.commit.duration", "s", "From the beginning of a commit to stable storage");
        size = meter.CreateHistogram("smtpd.store.commit.size", "{change}", "Messages and other changes in one commit",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] });
        failures = meter.CreateCounter<long>("smtpd.store.commit.failures", "{commit}", "Commits that kept nothing");
    }

    public void Committed(int changes, TimeSpan took)
    {
        duration.Record(took.TotalSeconds);
        size.Record(changes);
    }

    public void Failed() => failures.Add(1);

    public void Dispose() => meter.Dispose();
}
