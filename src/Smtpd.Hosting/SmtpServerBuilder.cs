using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Smtpd.Hosting;

namespace Smtpd;

/// <summary>What else can be said about a server that <c>AddSmtpServer</c> has added.</summary>
public sealed class SmtpServerBuilder
{
    internal SmtpServerBuilder(IServiceCollection services, string name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the server and of its options; empty for the one without a name.</summary>
    public string Name { get; }

    /// <summary>Makes a <typeparamref name="THandler"/> for each connection, in a DI scope of its own that ends with the connection.</summary>
    /// <typeparam name="THandler">Its constructor may take scoped services, such as a database context, and the <see cref="SmtpConnection"/>.</typeparam>
    /// <remarks>
    /// The scope is disposed behind <see cref="SmtpHandler.OnDisconnectedAsync"/>. A connection may live for hours: services that must not, take from a factory.
    /// If the handler cannot be made the client is told 421 4.3.0, and the log why.
    /// </remarks>
    public SmtpServerBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : SmtpHandler
    {
        Services.TryAddScoped<THandler>();
        return Configure(static (options, provider) =>
        {
            var scopes = provider.GetRequiredService<IServiceScopeFactory>();
            options.HandlerFactory = connection => ScopedHandler.Create<THandler>(scopes, connection);
        });
    }

    /// <summary>Tells the server more. What is said last counts.</summary>
    public SmtpServerBuilder Configure(Action<SmtpServerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>Tells the server more, with the services of the host at hand: <c>options.Authentication.Credentials = provider.GetRequiredService&lt;ICredentialStore&gt;()</c>.</summary>
    public SmtpServerBuilder Configure(Action<SmtpServerOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddOptions<SmtpServerOptions>(Name).Configure(configure);
        return this;
    }

    /// <summary>Tells the server what a section of the configuration says. Read once, when the host starts.</summary>
    /// <remarks>
    /// Keys are the names of the options: <c>Hostname</c>, <c>Limits:Recipients</c>, <c>Timeouts:Command</c> (<c>00:05:00</c>, or seconds), <c>Proxies:Trusted</c> (a list of
    /// networks). <c>Endpoints</c> is a list of addresses such as <c>127.0.0.1:2525</c>, or of sections with <c>Address</c>, <c>Tls</c>, <c>IsLmtp</c>,
    /// <c>ExpectsProxyHeader</c> and <c>RequiresAuthentication</c>. <c>Tls:CertificateFile</c> and <c>Tls:KeyFile</c> are PEM files, read anew when they
    /// change (<see cref="SmtpCertificateFiles"/>). A key that is none of these, or a value
    /// that cannot be read, keeps the host from starting.
    /// </remarks>
    public SmtpServerBuilder Bind(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Services.AddSingleton<IConfigureOptions<SmtpServerOptions>>(
            provider => new ConfigurationReader(Name, configuration, provider.GetService<ILoggerFactory>()?.CreateLogger("Smtpd")));
        return this;
    }
}
