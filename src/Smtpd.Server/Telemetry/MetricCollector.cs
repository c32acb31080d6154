using System.Diagnostics.Metrics;

namespace Smtpd.Server.Telemetry;

/// <summary>Adds up what the meters of some names measure, for <see cref="PrometheusText"/>. Thread-safe; costs nothing before it is made.</summary>
internal sealed class MetricCollector : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly List<MetricSeries> instruments = [];

    public MetricCollector(IEnumerable<string> meters)
    {
        HashSet<string> names = new(meters, StringComparer.Ordinal);
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (!names.Contains(instrument.Meter.Name))
                return;
            MetricSeries series = new(instrument);
            lock (gate)
                instruments.Add(series);
            own.EnableMeasurementEvents(instrument, series);
        };
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        listener.MeasurementsCompleted = (_, series) =>
        {
            lock (gate)
                instruments.Remove((MetricSeries)series!);
        };
        listener.Start();
    }

    /// <summary>All instruments, after those that are asked have been asked.</summary>
    public IReadOnlyList<MetricSeries> Collect()
    {
        lock (gate)
        {
            foreach (var each in instruments)
                each.Forget();
        }

        listener.RecordObservableInstruments();
        lock (gate)
            return [.. instruments];
    }

    public void Dispose() => listener.Dispose();
}
