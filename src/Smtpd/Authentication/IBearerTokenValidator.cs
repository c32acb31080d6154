namespace Smtpd;

/// <summary>Checks OAuth 2.0 bearer tokens (RFC 6750), for XOAUTH2 and OAUTHBEARER (RFC 7628).</summary>
public interface IBearerTokenValidator
{
    /// <summary>Checks a token.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="user">The user that the client says the token is for; null when it says none. The validator must compare it with the token's.</param>
    /// <param name="token">The token as sent.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>Who that is, or null when the token is not valid.</returns>
    ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken);
}
