using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Smtpd.Hosting.Tests.Diagnostics;

/// <summary>A meter factory of one test, and what its meters have measured. Other servers of the process do not show.</summary>
internal sealed class Measurements : IMeterFactory
{
    private readonly ConcurrentQueue<(string Line, double Value)> all = new();
    private readonly MeterListener listener = new();
    private readonly List<Meter> meters = [];

    public Measurements(bool listens = true)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && listens)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>The measurements of an instrument: its tags in order of their names, and how often each came.</summary>
    public IEnumerable<string> Of(string instrument) => all
        .Where(one => one.Line.Split(' ')[0] == instrument)
        .GroupBy(one => one.Line, StringComparer.Ordinal)
        .Select(group => $"{group.Count()}x{group.Key[instrument.Length..]}")
        .Order(StringComparer.Ordinal);

    public IEnumerable<double> ValuesOf(string instrument) => all.Where(one => one.Line.Split(' ')[0] == instrument).Select(one => one.Value);

    /// <summary>What an observable instrument says now.</summary>
    public double Observe(string instrument)
    {
        listener.RecordObservableInstruments();
        return ValuesOf(instrument).Last();
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        listener.Dispose();
        meters.ForEach(meter => meter.Dispose());
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var line = instrument.Name;
        foreach (var (key, tag) in tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal))
            line += $" {key}={tag}";
        all.Enqueue((line, value));
    }
}
