using System.Net;

namespace Smtpd.Server.Mailboxes;

/// <summary>Wrong credentials by address, over everything that takes them: SMTP, REST, the page, and what nginx asks on its clients' behalf. Who guesses may not begin anew by another door.</summary>
internal sealed class LoginFailures(int ofAddress, TimeProvider clock)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly AttemptCounter attempts = new(ofAddress, Window, clock);

    /// <inheritdoc cref="AttemptCounter.TryBegin"/>
    public bool TryBegin(IPAddress? address) => attempts.TryBegin(address);

    /// <inheritdoc cref="AttemptCounter.IsOver"/>
    public bool IsOver(IPAddress? address) => attempts.IsOver(address);

    /// <inheritdoc cref="AttemptCounter.Forgive"/>
    public void Forgive(IPAddress? address) => attempts.Forgive(address);
}
