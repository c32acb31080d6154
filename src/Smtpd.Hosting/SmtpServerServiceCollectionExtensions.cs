using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Smtpd;
using Smtpd.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an <see cref="SmtpServer"/> to a host.</summary>
public static class SmtpServerServiceCollectionExtensions
{
    /// <summary>Adds a server that starts and stops with the host: it binds before the host has started, and lets running transactions finish for <see cref="SmtpServerOptions.DrainTimeout"/>.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">What the server is told. Options that cannot work keep the host from starting, with a sentence for each.</param>
    /// <returns>For more: a handler, a section of the configuration.</returns>
    /// <remarks>Loggers come from the host; a <see cref="TimeProvider"/> and an <see cref="IMeterFactory"/> too, if it has them. The <see cref="SmtpServer"/> is a service.</remarks>
    public static SmtpServerBuilder AddSmtpServer(this IServiceCollection services, Action<SmtpServerOptions>? configure = null) =>
        services.AddSmtpServer(Options.Options.DefaultName, configure);

    /// <summary>Adds a server that is told what a section of the configuration says; see <see cref="SmtpServerBuilder.Bind"/>.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configuration">The section.</param>
    public static SmtpServerBuilder AddSmtpServer(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSmtpServer(Options.Options.DefaultName).Bind(configuration);

    /// <summary>Adds one of several servers. Its <see cref="SmtpServer"/> is a keyed service of that name.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">Tells the servers of a host apart; the name of its <see cref="SmtpServerOptions"/>.</param>
    /// <param name="configure">What the server is told.</param>
    public static SmtpServerBuilder AddSmtpServer(this IServiceCollection services, string name, Action<SmtpServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        if (!services.Any(service => service.ServiceType == typeof(HostedSmtpServer) && name.Equals(service.ServiceKey)))
            AddServer(services, name);
        var builder = new SmtpServerBuilder(services, name);
        return configure is null ? builder : builder.Configure(configure);
    }

    private static void AddServer(IServiceCollection services, string name)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SmtpServerOptions>, SmtpServerOptionsValidator>());
        services.AddOptions<SmtpServerOptions>(name)
            .Configure<IServiceProvider>(static (options, provider) =>
            {
                options.TimeProvider = provider.GetService<TimeProvider>() ?? options.TimeProvider;
                options.MeterFactory = provider.GetService<IMeterFactory>();
            })
            .ValidateOnStart();
        // Each is registered once only: the container disposes what it has made for each registration.
        if (name.Length == 0)
            services.AddSingleton(provider => HostedSmtpServer.CreateServer(provider, name));
        else
            services.AddKeyedSingleton(name, (provider, _) => HostedSmtpServer.CreateServer(provider, name));
        services.AddKeyedSingleton(name, (provider, _) => new HostedSmtpServer(provider, name));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedSmtpServer>(name));
        services.TryAddScoped<ScopedConnection>();
        services.TryAddScoped(static provider => provider.GetRequiredService<ScopedConnection>().Connection);
    }
}
