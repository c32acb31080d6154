using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Smtpd.Hosting;

/// <summary>A server with the life of its host.</summary>
internal sealed class HostedSmtpServer : IHostedService
{
    private volatile bool isListening;

    public HostedSmtpServer(IServiceProvider provider, string name)
    {
        Options = FindOptions(provider, name);
        Server = name.Length == 0 ? provider.GetRequiredService<SmtpServer>() : provider.GetRequiredKeyedService<SmtpServer>(name);
    }

    public SmtpServerOptions Options { get; }

    public SmtpServer Server { get; }

    /// <summary>Whether new connections are accepted.</summary>
    public bool IsListening => isListening;

    public static SmtpServer CreateServer(IServiceProvider provider, string name) =>
        new(FindOptions(provider, name), provider.GetService<ILoggerFactory>());

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Server.StartAsync(cancellationToken).ConfigureAwait(false);
        isListening = true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        isListening = false;
        using var patience = new CancellationTokenSource(Options.DrainTimeout, Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await Server.StopAsync(either.Token).ConfigureAwait(false);
    }

    private static SmtpServerOptions FindOptions(IServiceProvider provider, string name) => provider.GetRequiredService<IOptionsMonitor<SmtpServerOptions>>().Get(name);
}
