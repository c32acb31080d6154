using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Smtpd.Jwt.Tests;

/// <summary>An authorization server in a handler of HTTP requests: it makes tokens, and serves its configuration and its keys.</summary>
internal sealed class Issuer : HttpMessageHandler
{
    public const string Name = "https://login.example.com";

    private static readonly JsonWebTokenHandler Tokens = new() { SetDefaultTimesOnTokenCreation = false };

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

    public ECDsaSecurityKey Key { get; private set; } = NewKey("first");

    public List<string> Requests { get; } = [];

    public bool IsDown { get; set; }

    public string JwksUri { get; set; } = Name + "/keys";

    public string? Garbage { get; set; }

    public static ECDsaSecurityKey NewKey(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    public void ChangeKey(string id) => Key = NewKey(id);

    /// <summary>The claims of a good token; null takes one away.</summary>
    public string Token(string claim = "", object? value = null, SigningCredentials? credentials = null)
    {
        Dictionary<string, object> claims = new(StringComparer.Ordinal)
        {
            ["iss"] = Name,
            ["aud"] = "smtp.example.com",
            ["sub"] = "4711",
            ["email"] = "bob@example.com",
            ["scope"] = "openid mail",
            ["nbf"] = Clock.GetUtcNow().ToUnixTimeSeconds(),
            ["exp"] = Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        if (claim.Length > 0 && value is null)
            claims.Remove(claim);
        else if (claim.Length > 0)
            claims[claim] = value!;
        var payload = JsonSerializer.Serialize(claims);
        return credentials is { Algorithm: "none" } ? Tokens.CreateToken(payload) : Tokens.CreateToken(payload, credentials ?? new SigningCredentials(Key, SecurityAlgorithms.EcdsaSha256));
    }

    public long In(TimeSpan time) => Clock.GetUtcNow().Add(time).ToUnixTimeSeconds();

    public JwtBearerTokenValidator Validator(Func<JwtBearerTokenOptions, JwtBearerTokenOptions>? change = null) => new((change ?? (options => options))(new JwtBearerTokenOptions
    {
        OpenIdConfiguration = new Uri(Name + "/.well-known/openid-configuration"),
        Audiences = { "other.example.com", "smtp.example.com" },
        HttpClient = new HttpClient(this, disposeHandler: false),
        TimeProvider = Clock,
    }));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        Requests.Add(path);
        if (IsDown)
            throw new HttpRequestException("connection refused");
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(Key);
        var body = Garbage ?? (path == "/keys"
            ? JsonSerializer.Serialize(new { keys = new[] { new { kty = "EC", crv = "P-256", kid = key.Kid, x = key.X, y = key.Y, use = "sig" } } })
            : JsonSerializer.Serialize(new { issuer = Name, jwks_uri = JwksUri }));
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) });
    }
}
