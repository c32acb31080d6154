using System.Globalization;
using System.Text;

namespace Smtpd.Server.Telemetry;

/// <summary>Prometheus' text format 0.0.4. Names as OpenTelemetry translates them: <c>smtp.server.message.size</c> in <c>By</c> is <c>smtp_server_message_size_bytes</c>.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricSeries> instruments)
    {
        StringBuilder text = new();
        // The same name may come from several meters, a server for each: one family, and no line twice.
        foreach (var family in instruments.GroupBy(NameOf, StringComparer.Ordinal).OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            text.Append("# HELP ").Append(family.Key).Append(' ').Append(EscapeHelp(first.Description ?? first.Name)).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(first.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" }).Append('\n');
            HashSet<string> written = new(StringComparer.Ordinal);
            foreach (var point in family.Where(each => each.Kind == first.Kind).SelectMany(each => each.Read()))
            {
                var labels = LabelsOf(point);
                if (!written.Add(labels))
                    continue;
                if (first.Kind == MetricKind.Histogram)
                    WriteHistogram(text, family.Key, labels, first.Bounds, point);
                else
                    WriteLine(text, family.Key, labels, point.Value);
            }
        }

        return text.ToString();
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, IReadOnlyList<double> bounds, MetricPoint point)
    {
        long below = 0;
        for (var i = 0; i < point.Buckets.Count; i++)
        {
            below += point.Buckets[i];
            var bound = i < bounds.Count ? Format(bounds[i]) : "+Inf";
            WriteLine(text, name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", below);
        }

        WriteLine(text, name + "_sum", labels, point.Value);
        WriteLine(text, name + "_count", labels, point.Count);
    }

    private static void WriteLine(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Format(value)).Append('\n');
    }

    private static string NameOf(MetricSeries instrument)
    {
        var name = Sanitise(instrument.Name);
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", "%" => "_percent", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return instrument.Kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string LabelsOf(MetricPoint point) =>
        string.Join(',', point.Tags.Select(each => $"{Sanitise(each.Key)}=\"{EscapeLabel(Convert.ToString(each.Value, CultureInfo.InvariantCulture) ?? "")}\""));

    private static string Sanitise(string name) => string.Create(name.Length, name, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = char.IsAsciiLetter(from[i]) || (i > 0 && char.IsAsciiDigit(from[i])) ? from[i] : '_';
    });

    private static string EscapeHelp(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Format(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
