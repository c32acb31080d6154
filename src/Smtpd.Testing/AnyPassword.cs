namespace Smtpd.Testing;

/// <summary>Believes everybody.</summary>
internal sealed class AnyPassword : IPasswordValidator
{
    public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string user, string password, CancellationToken cancellationToken) =>
        new(new SmtpIdentity(user));
}
