using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>Checks a password that came over the wire, for PLAIN and LOGIN.</summary>
internal sealed class PasswordCheck(IPasswordValidator? validator, ICredentialStore? store, UnknownUsers unknownUsers)
{
    /// <summary>Asks the validator first, then the store. The password is UTF-8.</summary>
    /// <returns>Who that is, or null.</returns>
    public async ValueTask<SmtpIdentity?> CheckAsync(SmtpConnection connection, string user, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        // To some directories a bind without a password is one by nobody, and succeeds (RFC 4513 §5.1.2).
        if (password.IsEmpty)
            return null;
        if (validator is not null
            && await validator.ValidateAsync(connection, user, StrictUtf8.Encoding.GetString(password.Span), cancellationToken).ConfigureAwait(false) is { } identity)
        {
            return identity;
        }

        if (store is null)
            return null;
        var credential = await store.FindCredentialAsync(user, cancellationToken).ConfigureAwait(false);
        var verifier = credential?.Verifier ?? unknownUsers.VerifierFor(user);
        // Milliseconds of hashing, which must not hold up the other connections of a thread that polls sockets.
        var isRight = await Task.Run(() => verifier.Verify(password.Span), cancellationToken).ConfigureAwait(false);
        return isRight ? credential?.ToIdentity() : null;
    }
}
