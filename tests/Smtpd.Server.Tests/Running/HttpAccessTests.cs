using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Who may ask for what.</summary>
public sealed class HttpAccessTests : IAsyncLifetime
{
    private const string Token = "a-token-of-some-length";

    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess program = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await AddAsync("anna", "anna@y.test", "anna's password");
        await AddAsync("bert", "bert", "päss:wörd");
        program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Http:AdminToken=" + Token);
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task With_a_token_nothing_but_health_is_answered_without_it()
    {
        foreach (var path in new[] { "/api/mailboxes", "/api/mailboxes/1", "/api/mailboxes/1/messages/1/raw", "/api/events", "/api/projects", "/nothing", "/openapi/v1.json", "/metrics" })
        {
            using var refused = await AskAsync(path, null);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal(["Basic", "Bearer"], refused.Headers.WwwAuthenticate.Select(each => each.Scheme));
            Assert.Contains("Http:AdminToken", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        foreach (var path in new[] { "/livez", "/readyz" })
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(path, null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", new("Bearer", Token)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/projects/../mailboxes", Basic("admin", Token)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/nothing", new("Bearer", Token)));
    }

    [Theory]
    [InlineData("Bearer", "a-token-of-some-lengthy")]
    [InlineData("Bearer", "a-token-of-some-lengt")]
    [InlineData("Bearer", "")]
    [InlineData("Basic", "")]
    [InlineData("Basic", "%%%")]
    [InlineData("Basic", "YWRtaW4=")] // no colon
    [InlineData("Digest", "username=\"admin\"")]
    [InlineData("Negotiate", "a-token-of-some-length")]
    public async Task Wrong_credentials_are_401(string scheme, string parameter)
    {
        using var response = await AskAsync("/api/mailboxes", new(scheme, parameter));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_user_sees_the_own_mailbox_and_no_other()
    {
        var anna = Basic("ANNA@y.test", "anna's password");
        using var list = await AskAsync("/api/mailboxes", anna);
        var own = Assert.Single((await list.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("mailboxes").EnumerateArray().ToArray());
        Assert.Equal("anna", own.GetProperty("name").GetString());

        var id = own.GetProperty("id").GetInt32();
        foreach (var path in new[] { "", "/messages", "/users", "/addresses", "/sessions" })
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/api/mailboxes/{id}{path}", anna));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"/api/mailboxes/1{path}", anna));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"/api/mailboxes/{id + 1}{path}", anna));
        }

        // What is another's and what is not there look the same.
        using var another = await AskAsync("/api/mailboxes/1/messages/1", anna);
        using var none = await AskAsync("/api/mailboxes/99/messages/1", anna);
        Assert.Equal(
            (await another.Content.ReadAsStringAsync(Cancel)).Replace("Mailbox 1 ", "", StringComparison.Ordinal),
            (await none.Content.ReadAsStringAsync(Cancel)).Replace("Mailbox 99 ", "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/api/events?mailbox=1", anna));
        foreach (var path in new[] { "/api/projects", "/api/sessions" })
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(path, anna));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", Basic("bert", "päss:wörd")));
    }

    [Fact]
    public async Task A_user_changes_mail_but_not_the_mailbox()
    {
        var anna = Basic("anna@y.test", "anna's password");
        foreach ((var method, var path) in new[] { ("PATCH", ""), ("DELETE", ""), ("POST", "/users"), ("DELETE", "/users/anna@y.test"), ("POST", "/users/anna@y.test/password"), ("POST", "/addresses") })
        {
            using HttpRequestMessage request = new(new HttpMethod(method), "/api/mailboxes/2" + path) { Headers = { Authorization = anna } };
            using var response = await program.Http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        using HttpRequestMessage empty = new(HttpMethod.Delete, "/api/mailboxes/2/messages") { Headers = { Authorization = anna } };
        using var deleted = await program.Http.SendAsync(empty, Cancel);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
    }

    [Fact]
    public async Task Guessing_is_held_off_for_all_but_those_who_are_known()
    {
        var anna = Basic("anna@y.test", "anna's password");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", anna));
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/mailboxes", Basic("bert", i.ToString(CultureInfo.InvariantCulture))));
        using var heldOff = await AskAsync("/api/mailboxes", Basic("bert", "päss:wörd"));
        Assert.Equal(HttpStatusCode.TooManyRequests, heldOff.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), heldOff.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync("/api/mailboxes", new("Bearer", Token + "x")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", new("Bearer", Token)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", anna));
        Assert.DoesNotContain("päss", program.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_was_changed_is_not_remembered()
    {
        var anna = Basic("anna@y.test", "anna's password");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", anna));
        using HttpRequestMessage change = new(HttpMethod.Post, "/api/mailboxes/2/users/anna@y.test/password") { Headers = { Authorization = new("Bearer", Token) } };
        using var changed = await program.Http.SendAsync(change, Cancel);
        var password = (await changed.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("password").GetString()!;
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/mailboxes", anna));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", Basic("anna@y.test", password)));
    }

    [Fact]
    public async Task Without_a_token_only_wrong_credentials_are_refused()
    {
        await using var open = await SmtpdProcess.ServeAsync(directory["open"]);
        Assert.Equal(HttpStatusCode.OK, (await open.Http.GetAsync("/api/mailboxes", Cancel)).StatusCode);
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/mailboxes") { Headers = { Authorization = Basic("nobody", "x") } };
        using var response = await open.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: no-cors|Sec-Fetch-Dest: image", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site: same-site|Sec-Fetch-Mode: cors|Sec-Fetch-Dest: empty", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: iframe", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: document", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site: same-origin|Sec-Fetch-Mode: cors|Sec-Fetch-Dest: empty", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site: none|Sec-Fetch-Mode: navigate|Sec-Fetch-Dest: document", HttpStatusCode.OK)]
    [InlineData("Origin: http://evil.test", HttpStatusCode.Forbidden)]
    [InlineData("Origin: null", HttpStatusCode.Forbidden)]
    public async Task Another_site_reads_nothing(string headers, HttpStatusCode expected)
    {
        foreach (var path in new[] { "/api/mailboxes", "/api/events", "/api/mailboxes/1/messages" })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", Token) } };
            foreach (var header in headers.Split('|'))
                request.Headers.Add(header.Split(": ")[0], header.Split(": ")[1]);
            using var response = await program.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.Equal(expected, response.StatusCode);
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        }

        using HttpRequestMessage rebound = new(HttpMethod.Get, "/api/events") { Headers = { Host = "evil.test", Authorization = new("Bearer", Token) } };
        using var misdirected = await program.Http.SendAsync(rebound, Cancel);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, misdirected.StatusCode);
    }

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)));

    private async Task AddAsync(string name, string user, string password)
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, password,
            ["mailbox", "add", name, "--user", user, "--password-stdin", "--data", directory["data"]]);
        Assert.True(exitCode == 0, error);
    }

    private async Task<HttpResponseMessage> AskAsync(string path, AuthenticationHeaderValue? credentials)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Authorization = credentials } };
        return await program.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    private async Task<HttpStatusCode> StatusAsync(string path, AuthenticationHeaderValue? credentials)
    {
        using var response = await AskAsync(path, credentials);
        return response.StatusCode;
    }
}
