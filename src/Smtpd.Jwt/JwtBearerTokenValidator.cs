using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Smtpd.Jwt;

/// <summary>Checks bearer tokens that are JSON Web Tokens (RFC 7519, RFC 9068): signature, algorithm, issuer, audience, lifetime, scope and user.</summary>
/// <remarks>Serves all connections at once. Throws when the keys cannot be fetched, which the server answers with 454 4.7.0; what is wrong with a token is never told to the client.</remarks>
public sealed class JwtBearerTokenValidator : IBearerTokenValidator, IDisposable
{
    private readonly JwtBearerTokenOptions options;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };
    private readonly HttpClient? ownClient;
    private readonly KeySource? keySource;

    /// <summary>Makes a validator; fetches nothing yet.</summary>
    /// <exception cref="ArgumentException">The options cannot work; the message has a sentence for each reason.</exception>
    public JwtBearerTokenValidator(JwtBearerTokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join(' ', options.Problems());
        if (problems.Length > 0)
            throw new ArgumentException(problems, nameof(options));
        this.options = options;
        if (options.OpenIdConfiguration is null && options.KeySet is null)
            return;
        if (options.HttpClient is null)
            ownClient = new HttpClient { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1 << 20 };
        keySource = new KeySource(options.OpenIdConfiguration, options.KeySet, options.HttpClient ?? ownClient!, options.TimeProvider);
    }

    /// <inheritdoc/>
    public string? Scope => options.Scope;

    /// <inheritdoc/>
    public Uri? OpenIdConfiguration => options.OpenIdConfiguration;

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">The keys cannot be fetched.</exception>
    public async ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken)
    {
        // Looked at before it is verified, only for the key's name, so that what is no token costs no request.
        if (!handler.CanReadToken(token) || ReadUnverified(token) is not { } read || !options.Algorithms.Contains(read.Alg, StringComparer.Ordinal))
            return null;
        var keys = await KeysForAsync(read.Kid, cancellationToken).ConfigureAwait(false);
        var result = await handler.ValidateTokenAsync(token, Parameters(keys)).ConfigureAwait(false);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken valid || !HasScopes(valid) || UserOf(valid) is not { } name)
            return null;
        // Addresses differ in case at will; whether two users do is for FindIdentity to say, which gets the token's.
        if (user is not null && !user.Equals(name, StringComparison.OrdinalIgnoreCase))
            return null;
        var identity = options.FindIdentity is { } find ? await find(name, valid, cancellationToken).ConfigureAwait(false) : new SmtpIdentity(name);
        // The client has named itself by the token's name for it, which need not be ours.
        return identity is null ? null : identity with { AuthorizationId = identity.AuthorizationId ?? identity.User };
    }

    /// <summary>Forgets the keys.</summary>
    public void Dispose()
    {
        keySource?.Dispose();
        ownClient?.Dispose();
    }

    private JsonWebToken? ReadUnverified(string token)
    {
        try
        {
            return handler.ReadJsonWebToken(token);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private async ValueTask<IssuerKeys> KeysForAsync(string? keyId, CancellationToken cancellationToken)
    {
        var given = new IssuerKeys(null, [.. options.SigningKeys]);
        if (keySource is null || (!string.IsNullOrEmpty(keyId) && options.Issuers.Count > 0 && given.Has(keyId)))
            return given;
        var fetched = await keySource.GetAsync(keyId, cancellationToken).ConfigureAwait(false);
        return fetched with { Keys = [.. given.Keys, .. fetched.Keys] };
    }

    private TokenValidationParameters Parameters(IssuerKeys keys) => new()
    {
        ValidIssuers = options.Issuers.Count > 0 || keys.Issuer is null ? [.. options.Issuers] : [keys.Issuer],
        ValidAudiences = [.. options.Audiences],
        ValidAlgorithms = [.. options.Algorithms],
        IssuerSigningKeys = keys.Keys,
        RequireSignedTokens = true,
        ValidateIssuerSigningKey = true,
        LifetimeValidator = (from, until, _, _) => IsAlive(from, until),
    };

    // A token without an end (RFC 7519 §4.1.4) would be a password that nobody can change.
    private bool IsAlive(DateTime? from, DateTime? until)
    {
        var now = options.TimeProvider.GetUtcNow().UtcDateTime;
        return until is not null && now < Later(until.Value) && (from is null || Later(now) >= from);

        DateTime Later(DateTime time) => time > DateTime.MaxValue - options.ClockSkew ? DateTime.MaxValue : time + options.ClockSkew;
    }

    private bool HasScopes(JsonWebToken token)
    {
        if (options.Scope is null)
            return true;
        var has = token.Claims.Where(static claim => claim.Type is "scope" or "scp")
            .SelectMany(static claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
        return options.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(has.Contains);
    }

    private string? UserOf(JsonWebToken token)
    {
        // Whoever may write any address into an account that is not verified could be anybody.
        if (options.UserClaim is "email" && token.TryGetPayloadValue<object>("email_verified", out var verified) && verified?.ToString() is not ("True" or "true"))
            return null;
        return token.TryGetPayloadValue<string>(options.UserClaim, out var user) && user is { Length: > 0 and <= 512 } && IsPrintable(user) ? user : null;
    }

    // An identity of such characters cannot be made (SmtpIdentity); the token of a careless issuer is refused rather than an error of ours.
    private static bool IsPrintable(string user)
    {
        try
        {
            return new SmtpIdentity(user).User.Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
