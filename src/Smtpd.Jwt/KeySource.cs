using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Smtpd.Jwt;

/// <summary>The issuer and its keys, as last fetched.</summary>
internal sealed record IssuerKeys(string? Issuer, IReadOnlyList<SecurityKey> Keys)
{
    public bool Has(string keyId) => Keys.Any(key => keyId.Equals(key.KeyId, StringComparison.Ordinal));
}

/// <summary>Fetches keys and keeps them. One fetch at a time; keys that were fetched stay good while newer ones cannot be.</summary>
internal sealed class KeySource(Uri? configuration, Uri? keySet, HttpClient client, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(12);

    // Anybody can send a token that names an unknown key, or many while the server is down: that must not become a flood of requests.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim turn = new(1);
    private volatile IssuerKeys? known;
    private DateTimeOffset goodUntil;
    private DateTimeOffset nextTry;
    private string? failure;

    public static bool IsSafe(Uri url) => url.IsAbsoluteUri && (url.Scheme is "https" || (url.Scheme is "http" && url.IsLoopback));

    /// <summary>The keys; fetched when there are none, when they are old, or when <paramref name="keyId"/> is not among them.</summary>
    /// <exception cref="HttpRequestException">There are none, and they cannot be fetched.</exception>
    public async ValueTask<IssuerKeys> GetAsync(string? keyId, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = timeProvider.GetUtcNow();
            var isEnough = known is { } keys && now < goodUntil && (string.IsNullOrEmpty(keyId) || keys.Has(keyId));
            if (!isEnough && now >= nextTry)
                await FetchAsync(now, cancellationToken).ConfigureAwait(false);
            return known ?? throw new HttpRequestException("The keys of the token's issuer cannot be fetched: " + failure);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async ValueTask FetchAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            known = await ReadAsync(cancellationToken).ConfigureAwait(false);
            goodUntil = now + MaxAge;
            nextTry = now + Pause;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or ArgumentException or InvalidOperationException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            failure = exception.Message;
            nextTry = timeProvider.GetUtcNow() + PauseAfterFailure;
        }
    }

    private async ValueTask<IssuerKeys> ReadAsync(CancellationToken cancellationToken)
    {
        string? issuer = null;
        var keysUrl = keySet;
        if (configuration is not null)
        {
            using var document = JsonDocument.Parse(await client.GetStringAsync(configuration, cancellationToken).ConfigureAwait(false));
            issuer = TextOf(document.RootElement, "issuer");
            keysUrl = Uri.TryCreate(TextOf(document.RootElement, "jwks_uri"), UriKind.Absolute, out var url) && IsSafe(url)
                ? url
                : throw new InvalidOperationException("jwks_uri is no https URL.");
        }

        var set = new JsonWebKeySet(await client.GetStringAsync(keysUrl, cancellationToken).ConfigureAwait(false));
        var keys = set.GetSigningKeys();
        return keys.Count > 0 ? new IssuerKeys(issuer, [.. keys]) : throw new InvalidOperationException("The key set holds no key to verify signatures with.");
    }

    private static string TextOf(JsonElement document, string name) => document.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException($"The OpenID configuration has no {name}.");
}
