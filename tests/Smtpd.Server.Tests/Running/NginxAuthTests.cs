using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>What nginx's mail proxy is answered at <c>/nginx-auth</c>.</summary>
public sealed class NginxAuthTests : IDisposable
{
    private const string Secret = "0123456789abcdef";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_user_is_taken_to_the_server_with_the_number_of_the_mailbox()
    {
        await using var program = await StartAsync();
        // nginx sends user and password escaped.
        var answer = await AskAsync(program, ("Auth-Method", "plain"), ("Auth-User", "ANNA%40y.test"), ("Auth-Pass", "pass%20w%25rd"));
        Assert.Equal(("OK", "127.0.0.1", $"{program.Smtp.Port}", "2"), (answer["Auth-Status"], answer["Auth-Server"], answer["Auth-Port"], answer["Auth-User"]));
        Assert.Equal("454 4.7.0", (await AskAsync(program, ("Auth-Protocol", "imap"), ("Auth-Method", "plain"), ("Auth-User", "anna@y.test"), ("Auth-Pass", "pass%20w%25rd")))["Auth-Error-Code"]);
        answer = await AskAsync(program, ("Auth-Protocol", "smtp"), ("Auth-Method", "none"));
        Assert.Equal(("OK", null), (answer["Auth-Status"], answer.GetValueOrDefault("Auth-User")));

        const string Challenge = "<1.2@nginx>";
#pragma warning disable CA5351 // MD5 is what the mechanism is called after
        var digest = Convert.ToHexStringLower(HMACMD5.HashData(Encoding.UTF8.GetBytes("pass w%rd"), Encoding.UTF8.GetBytes(Challenge)));
#pragma warning restore CA5351
        answer = await AskAsync(program, ("Auth-Method", "cram-md5"), ("Auth-User", "anna@y.test"), ("Auth-Salt", Challenge), ("Auth-Pass", digest));
        Assert.Equal(("OK", "2"), (answer["Auth-Status"], answer["Auth-User"]));
        Assert.DoesNotContain("w%rd", program.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "anna@y.test", "wrong")]
    [InlineData("plain", "nobody", "pass%20w%25rd")]
    [InlineData("plain", "", "")]
    [InlineData("apop", "anna@y.test", "pass%20w%25rd")]
    [InlineData("cram-md5", "anna@y.test", "pass%20w%25rd")]
    [InlineData("external", "anna@y.test", "")]
    public async Task Anybody_else_is_refused_and_then_held_off(string method, string user, string password)
    {
        await using var program = await StartAsync();
        (string, string)[] question = [("Auth-Method", method), ("Auth-User", user), ("Auth-Pass", password)];
        for (var i = 1; i <= 10; i++)
        {
            var answer = await AskAsync(program, [.. question, ("Auth-Login-Attempt", $"{i}")]);
            Assert.Equal(("Authentication credentials invalid", "535 5.7.8", null), (answer["Auth-Status"], answer["Auth-Error-Code"], answer.GetValueOrDefault("Auth-Server")));
            Assert.Equal(i < 3 ? "3" : null, answer.GetValueOrDefault("Auth-Wait")); // without it nginx closes
        }

        (string, string)[] right = [("Auth-Method", "plain"), ("Auth-User", "anna@y.test"), ("Auth-Pass", "pass%20w%25rd")];
        Assert.Equal("454 4.7.0", (await AskAsync(program, right))["Auth-Error-Code"]);
        Assert.Equal("OK", (await AskAsync(program, [.. right, ("Client-IP", "192.0.2.7")]))["Auth-Status"]);
    }

    [Fact]
    public async Task Only_a_trusted_proxy_with_the_secret_is_answered()
    {
        await using var program = await StartAsync("--set", "Proxy:AuthSecret=" + Secret);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(program, null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(program, "0123456789abcdeg"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(program, Secret));

        await using var other = await SmtpdProcess.ServeAsync(directory["other"], "--set", "Proxy:Trusted=192.0.2.0/24");
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(other, null));
        await using var none = await SmtpdProcess.ServeAsync(directory["none"]);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(none, null));
    }

    [Fact]
    public async Task Where_credentials_are_required_nobody_comes_without()
    {
        await using var program = await StartAsync("--set", "Smtp:RequireAuth=true", "--tls-self-signed", "--set", "Proxy:AuthServer=192.0.2.9:2500");
        Assert.Equal("530 5.7.0", (await AskAsync(program, ("Auth-Method", "none")))["Auth-Error-Code"]);
        var answer = await AskAsync(program, ("Auth-Method", "plain"), ("Auth-User", "anna@y.test"), ("Auth-Pass", "pass%20w%25rd"));
        Assert.Equal(("OK", "192.0.2.9", "2500"), (answer["Auth-Status"], answer["Auth-Server"], answer["Auth-Port"]));
    }

    private static async Task<Dictionary<string, string>> AskAsync(SmtpdProcess program, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/nginx-auth");
        foreach ((var name, var value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await program.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.Where(each => each.Key.StartsWith("Auth-", StringComparison.Ordinal)).ToDictionary(each => each.Key, each => each.Value.Single());
    }

    private static async Task<HttpStatusCode> StatusAsync(SmtpdProcess program, string? secret)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/nginx-auth");
        request.Headers.Add("Auth-Method", "none");
        if (secret is not null)
            request.Headers.Add("X-Auth-Secret", secret);
        using var response = await program.Http.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    private async Task<SmtpdProcess> StartAsync(params string[] arguments)
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, "pass w%rd",
            ["mailbox", "add", "anna", "--user", "anna@y.test", "--password-stdin", "--keep-clear-secret", "--data", directory["data"]]);
        Assert.True(exitCode == 0, error);
        return await SmtpdProcess.ServeAsync(directory["data"], ["--set", "Proxy:Trusted=127.0.0.0/8", "--set", "Smtp:CramMd5=true", .. arguments]);
    }
}
