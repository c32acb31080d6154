using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Smtpd.Jwt.Tests;

public sealed class JwtBearerTokenValidatorTests : IDisposable
{
    private readonly Issuer issuer = new();

    public void Dispose() => issuer.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("bob@example.com")]
    [InlineData("BOB@Example.com")]
    public async Task A_good_token_is_its_user(string? user)
    {
        using var validator = issuer.Validator();

        Assert.Equal("bob@example.com", (await CheckAsync(validator, issuer.Token(), user))!.User);
    }

    [Theory]
    [InlineData("alice@example.com")]
    [InlineData("4711")]
    [InlineData("bob")]
    public async Task A_token_is_for_its_user_only(string user)
    {
        using var validator = issuer.Validator();

        Assert.Null(await CheckAsync(validator, issuer.Token(), user));
    }

    [Theory]
    [InlineData("iss", "https://login.example.net")]
    [InlineData("iss", null)]
    [InlineData("aud", "imap.example.com")]
    [InlineData("aud", null)]
    [InlineData("exp", null)]
    [InlineData("email", null)]
    [InlineData("email", "")]
    [InlineData("email", "bob\r\n@example.com")]
    [InlineData("email_verified", false)]
    [InlineData("email_verified", "false")]
    [InlineData("email_verified", "perhaps")]
    public async Task A_claim_that_is_wrong_or_missing_refuses(string claim, object? value)
    {
        using var validator = issuer.Validator();

        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        Assert.Null(await CheckAsync(validator, issuer.Token(claim, value)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData("true")]
    public async Task An_address_that_is_verified_is_good(object verified)
    {
        using var validator = issuer.Validator();

        Assert.NotNull(await CheckAsync(validator, issuer.Token("email_verified", verified)));
    }

    [Theory]
    [InlineData("exp", -61, false)]
    [InlineData("exp", -59, true)]
    [InlineData("exp", 1, true)]
    [InlineData("nbf", 61, false)]
    [InlineData("nbf", 59, true)]
    public async Task A_lifetime_is_that_of_the_clock_of_the_server(string claim, int seconds, bool isGood)
    {
        using var validator = issuer.Validator();

        Assert.Equal(isGood, await CheckAsync(validator, issuer.Token(claim, issuer.In(TimeSpan.FromSeconds(seconds)))) is not null);
    }

    [Fact]
    public async Task A_token_expires_while_the_server_runs()
    {
        using var validator = issuer.Validator();
        var token = issuer.Token();

        Assert.NotNull(await CheckAsync(validator, token));
        issuer.Clock.Advance(TimeSpan.FromMinutes(62));
        Assert.Null(await CheckAsync(validator, token));
    }

    [Fact]
    public async Task Signatures_of_others_and_none_at_all_refuse()
    {
        using var validator = issuer.Validator();
        var token = issuer.Token();

        Assert.Null(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(Issuer.NewKey("first"), SecurityAlgorithms.EcdsaSha256))));
        Assert.Null(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(Issuer.NewKey("other"), SecurityAlgorithms.EcdsaSha256))));
        Assert.Null(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(Issuer.NewKey("x"), "none"))));
        Assert.Null(await CheckAsync(validator, token[..(token.LastIndexOf('.') + 1)]));
        var parts = token.Split('.');
        Assert.Null(await CheckAsync(validator, $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("bob", "eve", StringComparison.Ordinal))}.{parts[2]}"));
        Assert.Null(await CheckAsync(validator, $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{parts[1]}."));
    }

    // The classic: the public key, which everybody has, taken for a shared one.
    [Fact]
    public async Task A_public_key_is_no_shared_secret()
    {
        using var rsa = RSA.Create(2048);
        RsaSecurityKey key = new(rsa) { KeyId = "rsa" };
        using JwtBearerTokenValidator validator = new(new JwtBearerTokenOptions { SigningKeys = { key }, Issuers = { Issuer.Name }, Audiences = { "smtp.example.com" }, TimeProvider = issuer.Clock });
        SymmetricSecurityKey confused = new(Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem())) { KeyId = "rsa" };

        Assert.NotNull(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(key, SecurityAlgorithms.RsaSha256))));
        Assert.NotNull(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(key, SecurityAlgorithms.RsaSsaPssSha384))));
        Assert.Null(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(confused, SecurityAlgorithms.HmacSha256))));
        Assert.Empty(issuer.Requests);
    }

    [Fact]
    public async Task Only_algorithms_of_the_list_are_taken()
    {
        using var validator = issuer.Validator(options =>
        {
            options.Algorithms.Clear();
            options.Algorithms.Add(SecurityAlgorithms.RsaSha256);
            return options;
        });

        Assert.Null(await CheckAsync(validator, issuer.Token()));
        Assert.Empty(issuer.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("e30.e30.")]
    [InlineData("e30.e30.AAAA")]
    [InlineData("bnVsbA.bnVsbA.AAAA")]
    [InlineData("W10.W10.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.bnVsbA.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")]
    [InlineData("eyJhbGciOjd9.e30.AAAA")]
    [InlineData("a.b.c.d.e")]
    public async Task What_is_no_token_is_refused(string token)
    {
        using var validator = issuer.Validator();

        Assert.Null(await CheckAsync(validator, token));
    }

    [Theory]
    [InlineData("mail", true)]
    [InlineData("mail openid", true)]
    [InlineData("mail.send", false)]
    [InlineData("mail admin", false)]
    public async Task A_scope_is_needed_when_it_is_said(string scope, bool isGood)
    {
        using JwtBearerTokenValidator validator = new(new JwtBearerTokenOptions
        {
            SigningKeys = { issuer.Key },
            Issuers = { Issuer.Name },
            Audiences = { "smtp.example.com" },
            TimeProvider = issuer.Clock,
            Scope = scope,
        });

        Assert.Equal(scope, validator.Scope);
        Assert.Equal(isGood, await CheckAsync(validator, issuer.Token()) is not null);
        Assert.Equal(isGood, await CheckAsync(validator, issuer.Token("scope", new[] { "openid", "mail" })) is not null);
        Assert.Null(await CheckAsync(validator, issuer.Token("scope")));
    }

    [Fact]
    public async Task Another_claim_may_name_the_user_and_a_hook_the_mailbox()
    {
        using JwtBearerTokenValidator validator = new(new JwtBearerTokenOptions
        {
            SigningKeys = { issuer.Key },
            Issuers = { Issuer.Name },
            Audiences = { "smtp.example.com" },
            TimeProvider = issuer.Clock,
            UserClaim = "sub",
            FindIdentity = (user, token, _) => new(token.GetPayloadValue<string>("email") == "bob@example.com" ? new SmtpIdentity("bob") { MailboxId = user.Length } : null),
        });
        var identity = await CheckAsync(validator, issuer.Token(), "4711");

        Assert.Equal(("bob", 4), (identity!.User, identity.MailboxId));
        Assert.Null(await CheckAsync(validator, issuer.Token("email", "eve@example.com"), "4711"));
    }

    [Fact]
    public async Task Keys_are_fetched_once_and_again_when_they_are_old()
    {
        using var validator = issuer.Validator();
        for (var i = 0; i < 3; i++)
            Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        Assert.Equal(["/.well-known/openid-configuration", "/keys"], issuer.Requests);

        issuer.Clock.Advance(TimeSpan.FromHours(13));
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        Assert.Equal(4, issuer.Requests.Count);
    }

    [Fact]
    public async Task A_new_key_is_fetched_at_once_but_not_for_everybody_who_asks()
    {
        using var validator = issuer.Validator();
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        issuer.Clock.Advance(TimeSpan.FromMinutes(2));
        issuer.ChangeKey("second");
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        Assert.Equal(4, issuer.Requests.Count);

        for (var i = 0; i < 20; i++)
            Assert.Null(await CheckAsync(validator, issuer.Token(credentials: new SigningCredentials(Issuer.NewKey($"made up {i}"), SecurityAlgorithms.EcdsaSha256))));
        Assert.Equal(4, issuer.Requests.Count);
    }

    [Fact]
    public async Task A_key_server_that_is_down_is_no_fault_of_the_token()
    {
        using var validator = issuer.Validator();
        issuer.IsDown = true;

        for (var i = 0; i < 5; i++)
            await Assert.ThrowsAsync<HttpRequestException>(() => CheckAsync(validator, issuer.Token()));
        Assert.Single(issuer.Requests);
        issuer.IsDown = false;
        issuer.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
    }

    [Fact]
    public async Task Keys_stay_good_while_newer_ones_cannot_be_fetched()
    {
        using var validator = issuer.Validator();
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
        issuer.Clock.Advance(TimeSpan.FromHours(13));
        issuer.IsDown = true;

        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"issuer":7,"jwks_uri":"https://login.example.com/keys"}""")]
    [InlineData("""{"issuer":"https://login.example.com","jwks_uri":"not a url"}""")]
    [InlineData("""{"issuer":"https://login.example.com","jwks_uri":"http://login.example.com/keys"}""")]
    [InlineData("""{"issuer":"https://login.example.com","jwks_uri":"https://login.example.com/keys","keys":[]}""")]
    [InlineData("""{"issuer":"https://login.example.com","jwks_uri":"https://login.example.com/keys","keys":7}""")]
    public async Task Garbage_of_the_key_server_is_no_fault_of_the_token(string garbage)
    {
        using var validator = issuer.Validator();
        issuer.Garbage = garbage;

        await Assert.ThrowsAsync<HttpRequestException>(() => CheckAsync(validator, issuer.Token()));
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_others_their_keys()
    {
        using var validator = issuer.Validator();
        using CancellationTokenSource gone = new();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => validator.ValidateAsync(null!, null, issuer.Token(), gone.Token).AsTask());
        Assert.NotNull(await CheckAsync(validator, issuer.Token()));
    }

    [Fact]
    public void Options_that_cannot_work_are_told()
    {
        AssertProblems(["OpenIdConfiguration,", "Issuers", "Audiences", "Algorithms", "UserClaim", "ClockSkew"], new JwtBearerTokenOptions { Algorithms = { "NONE" }, UserClaim = "", ClockSkew = TimeSpan.FromSeconds(-1) });
        AssertProblems(["OpenIdConfiguration", "OpenIdConfiguration"], new JwtBearerTokenOptions { OpenIdConfiguration = new Uri("http://login.example.com/"), KeySet = new Uri("https://login.example.com/"), Audiences = { "a" } });
        AssertProblems([], new JwtBearerTokenOptions { OpenIdConfiguration = new Uri("http://127.0.0.1:8080/x"), Audiences = { "a" } });

        static void AssertProblems(string[] expected, JwtBearerTokenOptions options)
        {
            Assert.Equal(expected, options.Problems().Select(problem => problem.Split(' ')[0]));
            if (expected.Length > 0)
                Assert.Throws<ArgumentException>(() => new JwtBearerTokenValidator(options));
        }
    }

    private static Task<SmtpIdentity?> CheckAsync(JwtBearerTokenValidator validator, string token, string? user = null) => validator.ValidateAsync(null!, user, token, Cancel).AsTask();
}
