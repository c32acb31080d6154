using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Signing in with a browser: a cookie instead of credentials with each request.</summary>
public sealed class SignInRestTests : IAsyncLifetime
{
    private const string Token = "a-token-of-some-length";
    private const string User = "anna";
    private const string Password = "anna's password";

    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess program = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => program = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Http:AdminToken=" + Token, "--set", $"Projects:default:Mailboxes:anna:Users:{User}={Password}");

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task The_cookie_stands_for_whoever_signed_in()
    {
        var administrator = await SignInAsync("admin", Token);
        Assert.Equal("""{"administrator":true,"signedIn":true,"user":"admin","mailboxId":null}""", await TextAsync("/api/session", administrator));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/mailboxes", administrator));

        var anna = await SignInAsync(User, Password);
        var mailboxId = (await JsonAsync("/api/session", anna)).GetProperty("mailboxId").GetInt32();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/api/mailboxes/{mailboxId}/messages", anna));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/api/mailboxes/1/messages", anna));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/server", anna));
    }

    [Fact]
    public async Task The_cookie_is_for_this_server_and_no_script()
    {
        using var answer = await PostAsync("admin", Token);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; path=/; samesite=strict; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin", "a-token-of-some-lengt")]
    [InlineData("admin", "")]
    [InlineData(User, "another password")]
    [InlineData("nobody", Password)]
    public async Task Who_is_wrong_gets_none(string user, string password)
    {
        using var answer = await PostAsync(user, password);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Passwords_cannot_be_guessed_by_signing_in()
    {
        HttpStatusCode last = default;
        for (var i = 0; i < 12; i++)
        {
            using var answer = await PostAsync(User, $"guess number {i}");
            last = answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
    }

    [Fact]
    public async Task A_cookie_that_was_changed_is_none()
    {
        var anna = await SignInAsync(User, Password);
        var parts = anna.Split('.');
        string[] forged =
        [
            "", "x", "..", "a.b.c", anna + "0", anna[..^1], new string('a', 5000),
            string.Join('.', Convert.ToHexStringLower(Encoding.UTF8.GetBytes("admin")), parts[1], parts[2]),
            string.Join('.', parts[0], parts[1] + "0", parts[2]),
            string.Join('.', parts[0], "99999999999999999999", parts[2]),
            string.Join('.', "zz", parts[1], parts[2]),
        ];
        foreach (var each in forged)
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/session", each));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/session", anna));
    }

    [Fact]
    public async Task It_ends_with_the_password()
    {
        var anna = await SignInAsync(User, Password);
        var mailboxId = (await JsonAsync("/api/session", anna)).GetProperty("mailboxId").GetInt32();
        using HttpRequestMessage request = new(HttpMethod.Post, $"/api/mailboxes/{mailboxId}/users/{User}/password") { Content = JsonContent.Create(new { }) };
        request.Headers.Authorization = new("Bearer", Token);
        using var changed = await program.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/session", anna));
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_back()
    {
        using var answer = await program.Http.DeleteAsync("/api/session", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Contains("smtpd_session=;", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_has_a_form_is_not_asked_at_by_the_browser()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/session") { Headers = { { "Sec-Fetch-Dest", "empty" }, { "Sec-Fetch-Site", "same-origin" } } };
        using var answer = await program.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(["Bearer"], answer.Headers.WwwAuthenticate.Select(each => each.Scheme));
    }

    private async Task<string> SignInAsync(string user, string password)
    {
        using var answer = await PostAsync(user, password);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0].Split('=')[1];
    }

    private Task<HttpResponseMessage> PostAsync(string user, string password) => program.Http.PostAsJsonAsync("/api/session", new { user, password }, Cancel);

    private async Task<HttpResponseMessage> AskAsync(string path, string cookie)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Cookie", "smtpd_session=" + cookie);
        return await program.Http.SendAsync(request, Cancel);
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string cookie)
    {
        using var answer = await AskAsync(path, cookie);
        return answer.StatusCode;
    }

    private async Task<string> TextAsync(string path, string cookie)
    {
        using var answer = await AskAsync(path, cookie);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private async Task<JsonElement> JsonAsync(string path, string cookie) => JsonSerializer.Deserialize<JsonElement>(await TextAsync(path, cookie));
}
