using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Telemetry;

namespace Smtpd.Server.Http;

internal static class MetricsRoute
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapGet("/metrics", ReadAsync)
        .Describe("Server", "readMetrics", "What is measured, for Prometheus.", it => it.Remark("docs/telemetry.md lists the metrics.").AnswerContent("Text format 0.0.4.", "text/plain"));

    private static async Task<IResult> ReadAsync(MetricCollector collector, ServerMetrics metrics, CancellationToken cancellationToken)
    {
        await metrics.RefreshAsync(Patience, cancellationToken);
        return TypedResults.Text(PrometheusText.Write(collector.Collect()), PrometheusText.ContentType);
    }
}
