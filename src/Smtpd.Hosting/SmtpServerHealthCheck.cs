using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Smtpd.Hosting;

/// <summary>Healthy while the server listens and takes connections; degraded while it has as many as it may.</summary>
internal sealed class SmtpServerHealthCheck(HostedSmtpServer hosted) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!hosted.IsListening)
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The SMTP server does not listen."));
        var connections = hosted.Server.ConnectionCount;
        var limit = hosted.Options.Limits.Connections;
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["connections"] = connections,
            ["connectionLimit"] = limit,
            ["endpoints"] = string.Join(", ", hosted.Server.LocalEndPoints),
        };
        var description = string.Create(CultureInfo.InvariantCulture, $"{connections} of {limit} connections.");
        return Task.FromResult(connections < limit
            ? HealthCheckResult.Healthy(description, data)
            : HealthCheckResult.Degraded($"{description} More are answered 421.", data: data));
    }
}
