using System.Diagnostics.Metrics;

namespace Smtpd.Server.Telemetry;

internal enum MetricKind
{
    /// <summary>Only rises.</summary>
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument: a value for each combination of tags, at most <see cref="MaximumPoints"/> of them. Thread-safe.</summary>
internal sealed class MetricSeries
{
    /// <summary>What comes beyond is counted under the tag <c>overflow</c>: a peer must not fill our memory by way of a tag.</summary>
    public const int MaximumPoints = 1000;

    // The defaults of OpenTelemetry's SDK, and for seconds those that its conventions name.
    private static readonly double[] OtherBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
    private static readonly double[] SecondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] OctetsBounds = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26];
    private static readonly KeyValuePair<string, object?>[] Overflow = [new("overflow", "true")];

    private readonly Lock gate = new();
    private readonly bool isObservable;
    private readonly bool isSum;
    private MetricPoint[] points = [];

    public MetricSeries(Instrument instrument)
    {
        (Name, Unit, Description, isObservable) = (instrument.Name, instrument.Unit, instrument.Description, instrument.IsObservable);
        var type = instrument.GetType();
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        Kind = definition == typeof(Histogram<>) ? MetricKind.Histogram
            : definition == typeof(Counter<>) || definition == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        isSum = !isObservable && definition != typeof(Gauge<>);
        if (Kind == MetricKind.Histogram)
            Bounds = Advised(instrument) ?? (Unit is "s" ? SecondsBounds : Unit is "By" ? OctetsBounds : OtherBounds);
    }

    public string Name { get; }
    public string? Unit { get; }
    public string? Description { get; }
    public MetricKind Kind { get; }

    /// <summary>Upper ends of the buckets; the last bucket has none.</summary>
    public IReadOnlyList<double> Bounds { get; } = [];

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            var point = Find(tags);
            if (Kind == MetricKind.Histogram)
                point.Add(value, BucketOf(value));
            else
                point.Value = isSum ? point.Value + value : value;
        }
    }

    /// <summary>An instrument that is asked may tell of fewer combinations than before.</summary>
    public void Forget()
    {
        lock (gate)
        {
            if (isObservable)
                points = [];
        }
    }

    /// <summary>Copies of what was added up so far.</summary>
    public IReadOnlyList<MetricPoint> Read()
    {
        lock (gate)
            return [.. points.Select(each => each.Copy())];
    }

    // Few combinations, and the same call always names its tags in the same order: quicker than any hash.
    private MetricPoint Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var each in points)
        {
            if (each.Has(tags))
                return each;
        }

        if (points.Length >= MaximumPoints && !tags.SequenceEqual(Overflow))
            return Find(Overflow);
        MetricPoint added = new(tags.ToArray(), Kind == MetricKind.Histogram ? new long[Bounds.Count + 1] : []);
        points = [.. points, added];
        return added;
    }

    private int BucketOf(double value)
    {
        var i = 0;
        while (i < Bounds.Count && value > Bounds[i])
            i++;
        return i;
    }

    private static IReadOnlyList<double>? Advised(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => bounds,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(each => (double)each)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(each => (double)each)],
        _ => null,
    };
}

/// <summary>One combination of tags.</summary>
internal sealed class MetricPoint(KeyValuePair<string, object?>[] tags, long[] buckets)
{
    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>The sum for counters and histograms, else what was told last.</summary>
    public double Value { get; set; }

    /// <summary>How many values of a histogram.</summary>
    public long Count { get; private set; }

    /// <summary>How many in each bucket, not cumulated.</summary>
    public IReadOnlyList<long> Buckets => buckets;

    public void Add(double value, int bucket)
    {
        Value += value;
        Count++;
        buckets[bucket]++;
    }

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
            return false;
        for (var i = 0; i < tags.Length; i++)
        {
            if (!ReferenceEquals(others[i].Value, tags[i].Value) && !Equals(others[i].Value, tags[i].Value))
                return false;
            if (!string.Equals(others[i].Key, tags[i].Key, StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    public MetricPoint Copy() => new(tags, [.. buckets]) { Value = Value, Count = Count };
}
