using System.Net;

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

    /// <summary>Where SMTP is spoken with whoever comes, once it is bound; <c>null</c> when that is on a unix socket only.</summary>
    public IPEndPoint? Smtp { get; set; }

    public bool IsDraining => stopping.IsCancellationRequested;

    /// <summary>Cancelled when draining begins: requests that only wait should end.</summary>
    public CancellationToken Stopping => stopping.Token;

    public Task DrainAsync() => stopping.CancelAsync();

    public void Dispose() => stopping.Dispose();
}
