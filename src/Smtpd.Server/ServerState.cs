using System.Net;
using Smtpd.Server.Settings;

namespace Smtpd.Server;

/// <summary>How far the program is: what readiness probes ask for.</summary>
internal sealed class ServerState : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private volatile bool isListening;

    public bool IsListening
    {
        get => isListening;
        set => isListening = value;
    }

    /// <summary>Where mail is taken from whoever comes, once that is bound: not from proxies and LMTP clients, and not on unix sockets.</summary>
    public IReadOnlyList<MailEndPoint> MailEndPoints { get; set; } = [];

    /// <summary>Where SMTP is spoken without TLS from the first octet on; <c>null</c> when that is on a unix socket only.</summary>
    public IPEndPoint? Smtp => MailEndPoints.FirstOrDefault(each => each.Kind == ServerSettings.EndpointKind.Smtp)?.Bound;

    public bool IsDraining => stopping.IsCancellationRequested;

    /// <summary>Cancelled when draining begins: requests that only wait should end.</summary>
    public CancellationToken Stopping => stopping.Token;

    public Task DrainAsync() => stopping.CancelAsync();

    public void Dispose() => stopping.Dispose();
}

/// <summary>An address and port that mail is taken at.</summary>
internal sealed record MailEndPoint(ServerSettings.EndpointKind Kind, IPEndPoint Bound);
