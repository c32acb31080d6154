namespace Smtpd.Tests.Authentication;

public sealed class BearerMechanismTests
{
    private const string Token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

    private readonly OneToken validator = new();

    private SmtpAuthentication Authentication => new() { BearerTokens = validator };

    // ^ stands for ^A. The first is the example of RFC 7628 §4.1.
    [Theory]
    [InlineData("n,a=user@example.com,^host=server.example.com^port=143^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", "ok user@example.com", null)]
    [InlineData("n,a=USER@example.com,^auth=bearer  vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", "ok user@example.com", null)]
    [InlineData("y,,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", "ok user@example.com", null)]
    [InlineData("n,a=root,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", "ok user@example.com", "root")]
    [InlineData("n,,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^x", "malformed", null)]
    [InlineData("n,,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^", "malformed", null)]
    [InlineData("n,,^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "malformed", null)]
    [InlineData("n,,^auth=Bearer a b^^", "malformed", null)]
    [InlineData("n,,^auth=Bearer ^^", "malformed", null)]
    [InlineData("n,,^auth=Bearer =^^", "malformed", null)]
    [InlineData("n,,^auth=Basic dXNlcjpw^^", "malformed", null)]
    [InlineData("n,,^auth=Bearer x^auth=Bearer y^^", "malformed", null)]
    [InlineData("n,,^port=143x^auth=Bearer x^^", "malformed", null)]
    [InlineData("n,,^ho st=a^auth=Bearer x^^", "malformed", null)]
    [InlineData("n,,^=a^auth=Bearer x^^", "malformed", null)]
    [InlineData("n,,^host=a^^", "malformed", null)]
    [InlineData("n,a=,^auth=Bearer x^^", "malformed", null)]
    [InlineData("n,a=x\n,^auth=Bearer x^^", "malformed", null)]
    [InlineData("p=tls-unique,,^auth=Bearer x^^", "malformed", null)]
    [InlineData("n,,", "malformed", null)]
    [InlineData("^", "malformed", null)]
    [InlineData("", "malformed", null)]
    public async Task OAUTHBEARER_reads_one_message(string message, string expected, string? authorizationId)
    {
        var run = SaslRun.Of(Authentication, "OAUTHBEARER");

        Assert.Equal("+", await run.SayAsync(default(string)));
        Assert.Equal(expected, await run.SayAsync(message.Replace('^', '\u0001')));
        Assert.Equal(authorizationId, run.Identity?.AuthorizationId);
    }

    [Theory]
    [InlineData("user=user@example.com^auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^^", "ok user@example.com")]
    [InlineData("auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^user=user@example.com^^", "ok user@example.com")]
    [InlineData("user=user@example.com^auth=Bearer x", "malformed")]
    [InlineData("auth=Bearer x^^", "malformed")]
    [InlineData("user=^auth=Bearer x^^", "malformed")]
    [InlineData("user=a\u0007^auth=Bearer x^^", "malformed")]
    [InlineData("user=a^^", "malformed")]
    [InlineData("^^", "malformed")]
    [InlineData("", "malformed")]
    public async Task XOAUTH2_reads_one_message(string message, string expected)
    {
        var run = SaslRun.Of(Authentication, "XOAUTH2");

        Assert.Equal(expected, await run.SayAsync(message.Replace('^', '\u0001')));
        Assert.Null(run.Identity?.AuthorizationId);
    }

    // RFC 7628 §4.2: an error as a challenge, an answer of the client whatever it is, then the refusal.
    [Theory]
    [InlineData("OAUTHBEARER", "n,a=user@example.com,^auth=Bearer wrong^^", "invalid_token", "\u0001")]
    [InlineData("OAUTHBEARER", "n,,^auth=^^", "invalid_token", "\u0001")]
    [InlineData("OAUTHBEARER", "n,,^auth=Bearer wrong^^", "invalid_token", "n,,\u0001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u0001\u0001")]
    [InlineData("XOAUTH2", "user=user@example.com^auth=Bearer wrong^^", "401", "")]
    public async Task A_token_that_is_not_valid_is_refused_in_two_steps(string mechanism, string message, string status, string answer)
    {
        var run = SaslRun.Of(Authentication, mechanism);

        Assert.Equal($$"""+{"status":"{{status}}","schemes":"bearer"}""", await run.SayAsync(message.Replace('^', '\u0001')));
        Assert.Equal("failed", await run.SayAsync(answer));
    }

    [Fact]
    public async Task The_error_tells_what_the_validator_wants()
    {
        var run = SaslRun.Of(new SmtpAuthentication { BearerTokens = new Particular() }, "OAUTHBEARER");

        Assert.Equal(
            """+{"status":"invalid_token","schemes":"bearer","scope":"mail \u0022send\u0022","openid-configuration":"https://login.example.com/.well-known/openid-configuration"}""",
            await run.SayAsync("n,,\u0001auth=Bearer x\u0001\u0001"));
    }

    // The validator has compared the user with the token, and calls it by another name.
    [Theory]
    [InlineData(null, "user@example.com")]
    [InlineData("bob", null)]
    [InlineData("list", "list")]
    public async Task A_validator_may_say_whom_the_client_acts_as(string? says, string? authorizationId)
    {
        var run = SaslRun.Of(new SmtpAuthentication { BearerTokens = new Renaming(says) }, "XOAUTH2");

        Assert.Equal("ok bob", await run.SayAsync("user=user@example.com\u0001auth=Bearer x\u0001\u0001"));
        Assert.Equal(authorizationId, run.Identity!.AuthorizationId);
    }

    [Fact]
    public async Task The_validator_is_told_what_the_client_says()
    {
        await SaslRun.Of(Authentication, "OAUTHBEARER").SayAsync("n,a=a=2Cb=3D@example.com,\u0001auth=Bearer x\u0001\u0001");
        await SaslRun.Of(Authentication, "OAUTHBEARER").SayAsync("n,,\u0001auth=Bearer y\u0001\u0001");
        await SaslRun.Of(Authentication, "OAUTHBEARER").SayAsync("n,,\u0001auth=\u0001\u0001");

        Assert.Equal([("a,b=@example.com", "x"), (null, "y")], validator.Asked);
    }

    private sealed class OneToken : IBearerTokenValidator
    {
        public List<(string? User, string Token)> Asked { get; } = [];

        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken)
        {
            Asked.Add((user, token));
            return new(token == Token ? new SmtpIdentity("user@example.com") : null);
        }
    }

    private sealed class Renaming(string? authorizationId) : IBearerTokenValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) =>
            new(new SmtpIdentity("bob") { AuthorizationId = authorizationId });
    }

    private sealed class Particular : IBearerTokenValidator
    {
        public string Scope => "mail \"send\"";

        public Uri OpenIdConfiguration => new("https://login.example.com/.well-known/openid-configuration");

        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) => default;
    }
}
