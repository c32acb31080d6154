using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Smtpd.Jwt;

/// <summary>Which tokens a <see cref="JwtBearerTokenValidator"/> takes. Read when it is made.</summary>
public sealed class JwtBearerTokenOptions
{
    /// <summary>Where the authorization server describes itself (OpenID Connect Discovery 1.0 §4): its issuer and its keys. An https URL, or http on loopback.</summary>
    public Uri? OpenIdConfiguration { get; init; }

    /// <summary>Where the keys are (a JWK set, RFC 7517 §5), for a server without <see cref="OpenIdConfiguration"/>. An https URL, or http on loopback.</summary>
    public Uri? KeySet { get; init; }

    /// <summary>Keys that are known without fetching.</summary>
    public IList<SecurityKey> SigningKeys { get; } = [];

    /// <summary>Who may have issued a token (<c>iss</c>, RFC 7519 §4.1.1). Default: the issuer of <see cref="OpenIdConfiguration"/>.</summary>
    public IList<string> Issuers { get; } = [];

    /// <summary>Whom a token must be meant for (<c>aud</c>, RFC 7519 §4.1.3): one of these. At least one is needed, or any token of the issuer would open mailboxes.</summary>
    public IList<string> Audiences { get; } = [];

    /// <summary>The signature algorithms to take (RFC 7518 §3.1). Default: RS, PS and ES with 256, 384 and 512; <c>none</c> and those with a shared key are left out.</summary>
    public IList<string> Algorithms { get; } =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>The claim that names the user. Default <c>email</c>, which is not taken from a token with <c>email_verified</c> false; <c>sub</c> is the other usual one.</summary>
    public string UserClaim { get; init; } = "email";

    /// <summary>Scopes that a token must have, separated by blanks (<c>scope</c>, RFC 8693 §4.2, or Microsoft's <c>scp</c>); told to clients that fail. Default: null, none is needed.</summary>
    public string? Scope { get; init; }

    /// <summary>How far clocks may differ when lifetimes are checked. Default one minute.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Finds the identity of a token that is valid, such as to set <see cref="SmtpIdentity.MailboxId"/>: from the user and the token to the identity, or null to refuse. Default: the user.</summary>
    public Func<string, JsonWebToken, CancellationToken, ValueTask<SmtpIdentity?>>? FindIdentity { get; init; }

    /// <summary>Fetches configuration and keys. Default: a client with a timeout of ten seconds and answers of at most 1 MiB. Not disposed with the validator.</summary>
    public HttpClient? HttpClient { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal IEnumerable<string> Problems()
    {
        if (OpenIdConfiguration is null && KeySet is null && SigningKeys.Count == 0)
            yield return "OpenIdConfiguration, KeySet or SigningKeys must say where keys are.";
        if (OpenIdConfiguration is not null && KeySet is not null)
            yield return "OpenIdConfiguration says where the keys are: leave KeySet out.";
        if (new[] { OpenIdConfiguration, KeySet }.Any(static url => url is not null && !KeySource.IsSafe(url)))
            yield return "OpenIdConfiguration and KeySet must be https URLs: who can change the keys on the way can make tokens.";
        if (Issuers.Count == 0 && OpenIdConfiguration is null)
            yield return "Issuers must name the issuer.";
        if (Audiences.Count == 0)
            yield return "Audiences must name who tokens are meant for, such as this server's name.";
        if (Algorithms.Count == 0 || Algorithms.Contains(SecurityAlgorithms.None, StringComparer.OrdinalIgnoreCase))
            yield return "Algorithms must name at least one, and not none.";
        if (UserClaim.Length == 0)
            yield return "UserClaim must name a claim.";
        if (ClockSkew < TimeSpan.Zero)
            yield return "ClockSkew must not be negative.";
    }
}
