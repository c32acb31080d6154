using Microsoft.Extensions.Diagnostics.HealthChecks;
using Smtpd;
using Smtpd.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a health check for an <see cref="SmtpServer"/>.</summary>
public static class SmtpServerHealthChecksBuilderExtensions
{
    /// <summary>Healthy while the server listens, degraded while it has as many connections as <see cref="SmtpLimits.Connections"/> allows, failed otherwise.</summary>
    /// <param name="builder">The health checks of the host.</param>
    /// <param name="serverName">The name that <c>AddSmtpServer</c> was given; empty for the server without one.</param>
    /// <param name="name">The name of the check. Default: <c>smtp</c>, or <c>smtp-</c> and the server's name.</param>
    /// <param name="failureStatus">What a server that does not listen is. Default: unhealthy.</param>
    /// <param name="tags">To choose checks by.</param>
    public static IHealthChecksBuilder AddSmtpServer(
        this IHealthChecksBuilder builder, string serverName = "", string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? (serverName.Length == 0 ? "smtp" : $"smtp-{serverName}"),
            provider => new SmtpServerHealthCheck(provider.GetRequiredKeyedService<HostedSmtpServer>(serverName)),
            failureStatus, tags));
    }
}
