using System.Net;

namespace Smtpd.Server.Http;

/// <summary>Wrong credentials by address, over everything that takes them by HTTP: REST, and what nginx asks on its clients' behalf. Ten in a minute are enough.</summary>
internal sealed class LoginFailures(TimeProvider clock)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private const int OfAddress = 10;

    private readonly AttemptCounter attempts = new(OfAddress, Window, clock);

    /// <inheritdoc cref="AttemptCounter.TryBegin"/>
    public bool TryBegin(IPAddress? address) => attempts.TryBegin(address);

    /// <inheritdoc cref="AttemptCounter.Forgive"/>
    public void Forgive(IPAddress? address) => attempts.Forgive(address);
}
