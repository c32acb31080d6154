namespace Smtpd;

/// <summary>Checks OAuth 2.0 bearer tokens (RFC 6750), for XOAUTH2 and OAUTHBEARER (RFC 7628).</summary>
public interface IBearerTokenValidator
{
    /// <summary>The scope that a token needs, told to a client whose token is not valid (RFC 7628 §3.2.2). Default: null, it is not told.</summary>
    string? Scope => null;

    /// <summary>Where the OpenID configuration of the authorization server is, told to such a client (RFC 7628 §3.2.2). Default: null, it is not told.</summary>
    Uri? OpenIdConfiguration => null;

    /// <summary>Checks a token.</summary>
    /// <remarks>An exception, as when the keys cannot be fetched, is logged and answered with 454 4.7.0, so the client tries again later.</remarks>
    /// <param name="connection">The connection.</param>
    /// <param name="user">
    /// The user that the client says the token is for, free of control characters; null when it says none. The validator must compare it with the token's:
    /// when the identity it returns is another one, the client is taken to ask to act as this user, which is refused by default. A validator that knows
    /// the two to be the same sets <see cref="SmtpIdentity.AuthorizationId"/> to <see cref="SmtpIdentity.User"/>.
    /// </param>
    /// <param name="token">The token as sent, in the characters of RFC 6750 §2.1.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>Who that is, or null when the token is not valid.</returns>
    ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken);
}
