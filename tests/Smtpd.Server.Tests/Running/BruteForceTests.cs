using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Whoever guesses passwords has many connections and may try every door.</summary>
public sealed class BruteForceTests : IAsyncLifetime
{
    private const string Password = "anna's password";

    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess program = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, Password, ["mailbox", "add", "anna", "--user", "anna", "--password-stdin", "--data", directory["data"]]);
        Assert.True(exitCode == 0, error);
        program = await SmtpdProcess.ServeAsync(
            directory["data"], "--set", "Smtp:AllowInsecureAuth=true", "--set", "Proxy:Trusted=127.0.0.1", "--set", "Logins:FailuresPerAddress=8", "--set", "Http:AdminToken=a-token-of-some-length");
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Attempts_count_together_whichever_way_they_come()
    {
        for (var i = 0; i < 2; i++)
        {
            using var guessing = await RawClient.ConnectAsync(program.Smtp, Cancel);
            await guessing.CommandAsync(Plain($"guess {i}"), "535 5.7.8");
            await guessing.CommandAsync(Plain($"guess {i} again"), "535 5.7.8");
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("guess"));
        Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync("guess"));
        Assert.Equal("535 5.7.8", await AskNginxAsync("guess"));
        // The right one does not count.
        Assert.Equal("OK", await AskNginxAsync(Password));
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync(Plain("the eighth guess"), "535 5.7.8");

        await client.CommandAsync(Plain(Password), "454 4.7.0");
        await client.CommandAsync("AUTH SCRAM-SHA-256 " + Base64("n,,n=anna,r=nonce"), "454 4.7.0");
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync("another guess"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SignInAsync(Password));
        Assert.Equal("454 4.7.0", await AskNginxAsync(Password));
        await client.CommandAsync("NOOP", "250");

        // Others are not held off, nor is the administrator.
        await client.SendAsync("XCLIENT ADDR=192.0.2.7\r\nEHLO other.x.test\r\n");
        await client.ExpectAsync("220");
        await client.ExpectAsync("250");
        await client.CommandAsync(Plain(Password), "235");
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/mailboxes") { Headers = { Authorization = new("Bearer", "a-token-of-some-length") } };
        using var response = await program.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("guess", program.Log, StringComparison.Ordinal);
    }

    // Many that know their password may come from one address at the same time: a load balancer, or a test that sends in parallel.
    [Fact]
    public async Task Who_knows_the_password_is_never_held_off()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RawClient.ConnectAsync(program.Smtp, Cancel)));
        await Task.WhenAll(clients.Select(each => each.CommandAsync(Plain(Password), "235")));
        foreach (var each in clients)
            each.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Plain(string password) => "AUTH PLAIN " + Base64($"\0anna\0{password}");

    private async Task<HttpStatusCode> AskAsync(string password)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/mailboxes") { Headers = { Authorization = new AuthenticationHeaderValue("Basic", Base64("anna:" + password)) } };
        using var response = await program.Http.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> SignInAsync(string password)
    {
        using StringContent content = new($$"""{"user":"anna","password":"{{password}}"}""", Encoding.UTF8, "application/json");
        using var response = await program.Http.PostAsync("/api/session", content, Cancel);
        return response.StatusCode;
    }

    private async Task<string> AskNginxAsync(string password)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/nginx-auth")
        {
            Headers = { { "Auth-Method", "plain" }, { "Auth-User", "anna" }, { "Auth-Pass", Uri.EscapeDataString(password) }, { "Client-IP", "127.0.0.1" }, { "Auth-Protocol", "smtp" } },
        };
        using var response = await program.Http.SendAsync(request, Cancel);
        return response.Headers.TryGetValues("Auth-Error-Code", out var code) ? code.Single() : response.Headers.GetValues("Auth-Status").Single();
    }
}
