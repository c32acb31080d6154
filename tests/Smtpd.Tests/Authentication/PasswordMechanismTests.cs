namespace Smtpd.Tests.Authentication;

public sealed class PasswordMechanismTests
{
    [Fact]
    public async Task A_validator_alone_decides()
    {
        SmtpAuthentication authentication = new() { Passwords = new Nobody() };

        Assert.Equal("failed", await SaslRun.Of(authentication, "PLAIN").SayAsync("\0tim\0tanstaaf"));
    }

    [Fact]
    public void A_refusal_refuses_and_an_identity_has_a_name()
    {
        Assert.Throws<ArgumentException>(() => SaslResult.Refuse(SmtpReply.Ok));
        Assert.Throws<ArgumentException>(() => new SmtpIdentity(""));
        Assert.Throws<ArgumentException>(() => new SmtpIdentity("a\nb"));
    }

    private sealed class Nobody : IPasswordValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string user, string password, CancellationToken cancellationToken) => default;
    }

    private readonly SmtpAuthentication authentication = new()
    {
        Credentials = new DictionaryStore().Add("tim", "tanstaaftanstaaf", mailbox: 7, keepsClear: true).Add("grüße", "paß").Add("bob smith", "pencil", keepsClear: true).Add("clear less", "pencil"),
        CramMd5 = true,
    };

    // The two examples of RFC 4616 §4, and what the grammar of §2 has and has not.
    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf", "ok tim", null)]
    [InlineData("Ursel\0tim\0tanstaaftanstaaf", "ok tim", "Ursel")]
    [InlineData("tim\0tim\0tanstaaftanstaaf", "ok tim", null)]
    [InlineData("tim\0TIM\0tanstaaftanstaaf", "ok tim", null)]
    [InlineData("\0grüße\0paß", "ok grüße", null)]
    [InlineData("\0tim\0wrong", "failed", null)]
    [InlineData("\0nobody\0tanstaaftanstaaf", "failed", null)]
    [InlineData("\0tim\0Tanstaaftanstaaf", "failed", null)]
    [InlineData("", "malformed", null)]
    [InlineData("tim", "malformed", null)]
    [InlineData("\0tim", "malformed", null)]
    [InlineData("\0tim\0", "malformed", null)]
    [InlineData("\0\0tanstaaftanstaaf", "malformed", null)]
    [InlineData("\0tim\0tanstaaf\0tanstaaf", "malformed", null)]
    [InlineData("\0tim\r\n\0tanstaaftanstaaf", "malformed", null)]
    [InlineData("a\u0007\0tim\0tanstaaftanstaaf", "malformed", null)]
    public async Task PLAIN_checks_one_message(string message, string expected, string? authorizationId)
    {
        var run = SaslRun.Of(authentication, "PLAIN");

        Assert.Equal(expected, await run.SayAsync(message));
        Assert.Equal(authorizationId, run.Identity?.AuthorizationId);
        Assert.Equal(expected.StartsWith("ok", StringComparison.Ordinal) ? "PLAIN" : null, run.Identity?.Mechanism);
        Assert.Equal(expected == "ok tim" ? 7 : null, run.Identity?.MailboxId);
    }

    [Fact]
    public async Task PLAIN_without_an_initial_response_asks_with_an_empty_challenge()
    {
        var run = SaslRun.Of(authentication, "PLAIN");

        Assert.Equal("+", await run.SayAsync(default(string)));
        Assert.Equal("ok tim", await run.SayAsync("\0tim\0tanstaaftanstaaf"));
    }

    [Fact]
    public async Task Octets_that_are_not_UTF8_are_malformed()
    {
        Assert.Equal("malformed", await SaslRun.Of(authentication, "PLAIN").SayAsync([0, (byte)'t', (byte)'i', (byte)'m', 0, 0xFF, 0xFE]));
        Assert.Equal("malformed", await SaslRun.Of(authentication, "PLAIN").SayAsync([0, 0xC0, 0x80, 0, (byte)'x']));
        var login = SaslRun.Of(authentication, "LOGIN");
        Assert.Equal("+Password:", await login.SayAsync("tim"));
        Assert.Equal("malformed", await login.SayAsync([0xFF]));
    }

    [Fact]
    public async Task LOGIN_asks_for_user_and_password()
    {
        var run = SaslRun.Of(authentication, "LOGIN");

        Assert.Equal("+Username:", await run.SayAsync(default(string)));
        Assert.Equal("+Password:", await run.SayAsync("tim"));
        Assert.Equal("ok tim", await run.SayAsync("tanstaaftanstaaf"));
        Assert.Equal(("LOGIN", 7), (run.Identity!.Mechanism, run.Identity.MailboxId));
    }

    [Theory]
    [InlineData("tim", "wrong", "failed")]
    [InlineData("nobody", "tanstaaftanstaaf", "failed")]
    [InlineData("tim", "", "failed")]
    [InlineData("tim", "tanstaaf\0tanstaaf", "malformed")]
    public async Task LOGIN_takes_an_initial_response_as_the_user(string user, string password, string expected)
    {
        var run = SaslRun.Of(authentication, "LOGIN");

        Assert.Equal("+Password:", await run.SayAsync(user));
        Assert.Equal(expected, await run.SayAsync(password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("\u202eevil")]
    public async Task LOGIN_refuses_what_is_no_name(string user) => Assert.Equal("malformed", await SaslRun.Of(authentication, "LOGIN").SayAsync(user));

    [Fact]
    public async Task An_unknown_user_is_hashed_for_like_a_known_one()
    {
        Assert.True(await SlowestIsHashedAsync("tim"));
        Assert.True(await SlowestIsHashedAsync("nobody"));

        // With a count that takes its time the answer cannot come without the hashing, on any machine: PBKDF2 of a million rounds.
        async Task<bool> SlowestIsHashedAsync(string user)
        {
            const int Iterations = 1_000_000;
            var verifier = ScramVerifier.Parse(ScramVerifier.Create("pencil", 4096).ToString().Replace("$4096:", $"${Iterations}:", StringComparison.Ordinal));
            SmtpAuthentication slow = new() { Credentials = new DictionaryStore().Add("tim", verifier), ScramIterations = Iterations };
            var began = System.Diagnostics.Stopwatch.GetTimestamp();
            Assert.Equal("failed", await SaslRun.Of(slow, "PLAIN").SayAsync($"\0{user}\0wrong"));
            return System.Diagnostics.Stopwatch.GetElapsedTime(began) > TimeSpan.FromMilliseconds(50);
        }
    }

    [Fact]
    public async Task The_validator_is_asked_before_the_store_and_never_for_an_empty_password()
    {
        var validator = new OneUser("ldap", "secret");
        var store = new DictionaryStore().Add("tim", "pencil");
        SmtpAuthentication both = new() { Passwords = validator, Credentials = store };

        Assert.Equal("ok ldap", await SaslRun.Of(both, "PLAIN").SayAsync("\0ldap\0secret"));
        Assert.Empty(store.Asked);
        Assert.Equal("ok tim", await SaslRun.Of(both, "PLAIN").SayAsync("\0tim\0pencil"));
        Assert.Equal("failed", await SaslRun.Of(both, "PLAIN").SayAsync("\0tim\0secret"));
        var login = SaslRun.Of(new SmtpAuthentication { Passwords = new OneUser("ldap", "") }, "LOGIN");
        await login.SayAsync("ldap");
        Assert.Equal("failed", await login.SayAsync(""));
        Assert.Equal(["PLAIN", "LOGIN"], new SmtpAuthentication { Passwords = validator }.CreateMechanisms().Select(mechanism => mechanism.Name));
    }

    // RFC 2195 §2, with its challenge; the digest there is under this very password.
    [Fact]
    public async Task CRAM_MD5_checks_the_digest_of_the_challenge()
    {
        var run = SaslRun.Of(authentication, "CRAM-MD5");
        var challenge = (await run.SayAsync(default(string)))[1..];

        Assert.Matches("^<[0-9a-f]{32}@mx.example.com>$", challenge);
        Assert.Equal("ok tim", await run.SayAsync($"tim {Digest("tanstaaftanstaaf", challenge)}"));
        Assert.Equal("b913a602c7eda7a495b4e6e7334d3890", Digest("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>"));
    }

    [Theory]
    [InlineData("tim", "wrong", "failed")]
    [InlineData("nobody", "nobody's", "failed")]
    [InlineData("clear less", "nobody's", "failed")]
    [InlineData("clear less", "pencil", "failed")]
    [InlineData("bob smith", "pencil", "ok bob smith")]
    [InlineData("", "pencil", "malformed")]
    public async Task CRAM_MD5_needs_a_clear_secret(string user, string password, string expected)
    {
        var run = SaslRun.Of(authentication, "CRAM-MD5");
        var challenge = (await run.SayAsync(default(string)))[1..];

        Assert.Equal(expected, await run.SayAsync($"{user} {Digest(password, challenge)}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tim")]
    [InlineData("tim abc")]
    [InlineData("tim b913a602c7eda7a495b4e6e7334d38900")]
    public async Task CRAM_MD5_has_a_grammar(string response)
    {
        var run = SaslRun.Of(authentication, "CRAM-MD5");
        await run.SayAsync(default(string));

        Assert.Equal("malformed", await run.SayAsync(response));
    }

    [Fact]
    public async Task CRAM_MD5_has_no_initial_response_and_no_challenge_twice()
    {
        Assert.Equal("malformed", await SaslRun.Of(authentication, "CRAM-MD5").SayAsync($"tim {Digest("tanstaaftanstaaf", "")}"));
        Assert.NotEqual(await SaslRun.Of(authentication, "CRAM-MD5").SayAsync(default(string)), await SaslRun.Of(authentication, "CRAM-MD5").SayAsync(default(string)));
    }

#pragma warning disable CA5351 // CRAM-MD5 is made of it.
    private static string Digest(string password, string challenge) => Convert.ToHexStringLower(
        System.Security.Cryptography.HMACMD5.HashData(System.Text.Encoding.UTF8.GetBytes(password), System.Text.Encoding.UTF8.GetBytes(challenge)));
#pragma warning restore CA5351

    private sealed class OneUser(string user, string password) : IPasswordValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string name, string given, CancellationToken cancellationToken) =>
            new(name == user && given == password ? new SmtpIdentity(user) : null);
    }
}
