using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Telemetry;

/// <summary>Sends metrics and traces to a collector by OTLP. Nothing of it exists unless <c>Telemetry:OtlpEndpoint</c> is set.</summary>
internal sealed class OtlpExport : IDisposable
{
    private const string ServiceName = "smtpd";

    private readonly MeterProvider metrics;
    private readonly TracerProvider traces;

    private OtlpExport(MeterProvider metrics, TracerProvider traces) => (this.metrics, this.traces) = (metrics, traces);

    /// <returns><c>null</c> when nobody is to be told.</returns>
    public static OtlpExport? Start(ServerSettings.TelemetrySettings settings) =>
        settings.OtlpEndpoint is Uri endpoint ? Start(settings, endpoint) : null;

    // Apart, so that OpenTelemetry is not even loaded when nobody is to be told.
    private static OtlpExport Start(ServerSettings.TelemetrySettings settings, Uri endpoint)
    {
        var metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter([.. ServerMetrics.Meters])
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, settings, endpoint, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.OtlpInterval.TotalMilliseconds;
            })
            .Build();
        var traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource("Smtpd", "Microsoft.AspNetCore")
            .AddOtlpExporter(exporter => Configure(exporter, settings, endpoint, "v1/traces"))
            .Build();
        return new(metrics, traces);
    }

    // What is left is sent, for at most some seconds.
    public void Dispose()
    {
        metrics.Dispose();
        traces.Dispose();
    }

    private static void Describe(ResourceBuilder resource) => resource.AddService(ServiceName, serviceVersion: ServeCommand.Version);

    private static void Configure(OtlpExporterOptions exporter, ServerSettings.TelemetrySettings settings, Uri endpoint, string signal)
    {
        var isGrpc = settings.OtlpProtocol == OtlpProtocol.Grpc;
        exporter.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // Over HTTP each signal has a path of its own below the one that is given.
        exporter.Endpoint = isGrpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + signal);
        if (settings.OtlpHeaders is string headers)
            exporter.Headers = headers;
        exporter.TimeoutMilliseconds = 5000;
    }
}

/// <summary>How OTLP is spoken.</summary>
internal enum OtlpProtocol
{
    /// <summary>HTTP with protobuf, usually to port 4318.</summary>
    HttpProtobuf,

    /// <summary>gRPC, usually to port 4317.</summary>
    Grpc,
}
