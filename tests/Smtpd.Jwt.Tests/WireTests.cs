using System.Text;
using Smtpd.Testing;

namespace Smtpd.Jwt.Tests;

/// <summary>Tokens in a whole SMTP dialogue.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private readonly Issuer issuer = new();
    private readonly JwtBearerTokenValidator validator;
    private readonly SmtpTestServer server;

    public WireTests()
    {
        validator = issuer.Validator();
        server = new SmtpTestServer(options =>
        {
            options.Authentication.BearerTokens = validator;
            options.Authentication.AllowInClear = true;
            options.Authentication.Required = true;
        });
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        validator.Dispose();
        issuer.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OAUTHBEARER_and_XOAUTH2_let_in()
    {
        foreach (var message in new[] { OAuthBearer(issuer.Token()), XOAuth2(issuer.Token()) })
        {
            await using var client = server.Connect();
            await client.HelloAsync(cancellationToken: Cancel);
            await client.CommandAsync("MAIL FROM:<a@x.test>", 530, Cancel);
            await client.CommandAsync("AUTH " + message, 235, Cancel);
            await client.SendMessageAsync("a@x.test", ["b@y.test"], "Subject: x\r\n\r\n", Cancel);
        }

        Assert.Equal(2, server.Messages.Count);
    }

    [Fact]
    public async Task A_bad_token_gets_an_error_then_535()
    {
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Cancel);
        var challenge = await client.CommandAsync("AUTH " + OAuthBearer("bad"), 334, Cancel);

        Assert.Contains("\"openid-configuration\":\"https://login.example.com/", Encoding.UTF8.GetString(Convert.FromBase64String(challenge.Lines[0])), StringComparison.Ordinal);
        await client.CommandAsync("AQ==", 535, Cancel);
    }

    [Fact]
    public async Task A_key_server_that_is_down_gets_454()
    {
        issuer.IsDown = true;
        await using var client = server.Connect();
        await client.HelloAsync(cancellationToken: Cancel);
        var reply = await client.CommandAsync("AUTH " + XOAuth2(issuer.Token()), 454, Cancel);

        Assert.DoesNotContain("refused", string.Concat(reply.Lines), StringComparison.Ordinal);
        issuer.IsDown = false;
        issuer.Clock.Advance(TimeSpan.FromSeconds(11));
        await client.CommandAsync("AUTH " + XOAuth2(issuer.Token()), 235, Cancel);
    }

    private static string OAuthBearer(string token) => "OAUTHBEARER " + Base64($"n,a=bob@example.com,\u0001host=mx.example.com\u0001port=587\u0001auth=Bearer {token}\u0001\u0001");

    private static string XOAuth2(string token) => "XOAUTH2 " + Base64($"user=bob@example.com\u0001auth=Bearer {token}\u0001\u0001");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
