using System.Security.Cryptography;
using System.Text;
using Smtpd.Authentication;

namespace Smtpd.Tests.Authentication;

public sealed class ScramTests
{
    private const string Plain = "SCRAM-SHA-256";
    private const string Plus = "SCRAM-SHA-256-PLUS";

    private readonly DictionaryStore store = new DictionaryStore().Add("user", "pencil", mailbox: 7).Add("a,b=c", "pencil");
    private readonly SmtpAuthentication authentication;

    public ScramTests() => authentication = new SmtpAuthentication { Credentials = store, ScramIterations = 4096 };

    /// <summary>The dialogue of RFC 7677 §3.</summary>
    [Fact]
    public async Task The_example_of_the_RFC()
    {
        var pencil = ScramVerifier.Parse("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
        ScramMechanism mechanism = new(new DictionaryStore().Add("user", pencil), new UnknownUsers([], 4096), isPlus: false, makeNonce: () => "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        SaslRun run = new(mechanism.Start(SaslRun.Clear()));

        Assert.Equal("+r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", await run.SayAsync("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        Assert.Equal("+v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", await run.SayAsync("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        Assert.Equal("ok user", await run.SayAsync(""));
        Assert.Equal(Plain, run.Identity!.Mechanism);
    }

    [Theory]
    [InlineData("user", null, null)]
    [InlineData("USER", "user", null)]
    [InlineData("user", "user", null)]
    [InlineData("user", "postmaster", "postmaster")]
    [InlineData("a,b=c", "x,y=z", "x,y=z")]
    public async Task The_right_password_is_an_identity(string user, string? authorizationId, string? exposed)
    {
        var run = SaslRun.Of(authentication, Plain);
        ScramClient client = new(user, "pencil") { AuthorizationId = authorizationId };

        Assert.Equal("+", await run.SayAsync(default(string)));
        Assert.True(client.Accepts(await run.SayAsync(client.Final(await run.SayAsync(client.First())))));
        Assert.Equal("ok " + (user == "USER" ? "user" : user), await run.SayAsync(""));
        Assert.Equal(exposed, run.Identity!.AuthorizationId);
        Assert.Equal(user is "a,b=c" ? null : 7, run.Identity.MailboxId);
    }

    [Fact]
    public async Task The_last_line_of_the_client_is_empty()
    {
        var run = SaslRun.Of(authentication, Plain);
        ScramClient client = new("user", "pencil");
        await run.SayAsync(client.Final(await run.SayAsync(client.First())));

        Assert.Equal("malformed", await run.SayAsync("n,,n=user,r=abc"));
    }

    [Theory]
    [InlineData("user", "wrong")]
    [InlineData("nobody", "pencil")]
    public async Task A_wrong_password_and_an_unknown_user_are_the_same(string user, string password)
    {
        var run = SaslRun.Of(authentication, Plain);
        ScramClient client = new(user, password);
        var challenge = await run.SayAsync(client.First());

        Assert.Matches(@"^\+r=clientnonce[A-Za-z0-9+/]{24},s=[A-Za-z0-9+/]{22}==,i=4096$", challenge);
        Assert.Equal("failed", await run.SayAsync(client.Final(challenge)));
    }

    [Fact]
    public async Task An_unknown_user_keeps_its_salt_as_a_known_one_does()
    {
        SmtpAuthentication keyed = new() { Credentials = store, UnknownUserKey = new byte[] { 1, 2, 3 }, ScramIterations = 4096 };

        async Task<string> SaltAsync(SmtpAuthentication of, string user, string name = Plain) =>
            (await SaslRun.Of(of, name, SaslRun.Secure()).SayAsync($"{(name == Plus ? "p=tls-server-end-point" : "n")},,n={user},r=abc")).Split(",s=")[1];

        Assert.Equal(await SaltAsync(authentication, "user"), await SaltAsync(keyed, "user"));
        Assert.Equal(await SaltAsync(keyed, "nobody"), await SaltAsync(keyed, "nobody"));
        Assert.Equal(await SaltAsync(keyed, "nobody"), await SaltAsync(keyed, "NOBODY"));
        Assert.Equal(await SaltAsync(keyed, "nobody"), await SaltAsync(keyed, "nobody", Plus));
        Assert.NotEqual(await SaltAsync(keyed, "nobody"), await SaltAsync(keyed, "nobody2"));
        Assert.NotEqual(await SaltAsync(authentication, "nobody"), await SaltAsync(keyed, "nobody"));
    }

    [Fact]
    public async Task PLUS_is_bound_to_the_certificate()
    {
        var run = SaslRun.Of(authentication, Plus, SaslRun.Secure());
        ScramClient client = new("user", "pencil") { Flag = "p=tls-server-end-point", Binding = SaslRun.Binding };

        Assert.True(client.Accepts(await run.SayAsync(client.Final(await run.SayAsync(client.First())))));
        Assert.Equal("ok user", await run.SayAsync(""));
        Assert.Equal(Plus, run.Identity!.Mechanism);
    }

    [Fact]
    public async Task PLUS_fails_with_somebody_in_between()
    {
        var run = SaslRun.Of(authentication, Plus, SaslRun.Secure());
        ScramClient client = new("user", "pencil") { Flag = "p=tls-server-end-point", Binding = [.. SaslRun.Binding.Reverse()] };

        Assert.Equal("failed", await run.SayAsync(client.Final(await run.SayAsync(client.First()))));
    }

    [Fact]
    public async Task Header_and_binding_of_the_final_message_are_those_of_the_first()
    {
        foreach (var final in new[] { "y,,", "n,a=root,", "n,", "p=tls-server-end-point,," })
        {
            var run = SaslRun.Of(authentication, Plain);
            ScramClient client = new("user", "pencil");
            var challenge = await run.SayAsync(client.First());
            client.HeaderAtTheEnd = final;

            Assert.Equal("failed", await run.SayAsync(client.Final(challenge)));
        }
    }

    [Theory]
    [InlineData(Plain, true, "n", true)]
    [InlineData(Plain, false, "n", true)]
    [InlineData(Plain, false, "y", true)]
    [InlineData(Plain, true, "y", false)]
    [InlineData(Plain, true, "p=tls-server-end-point", false)]
    [InlineData(Plain, false, "p=tls-server-end-point", false)]
    [InlineData(Plus, true, "p=tls-server-end-point", true)]
    [InlineData(Plus, true, "p=tls-unique", false)]
    [InlineData(Plus, true, "p=tls-exporter", false)]
    [InlineData(Plus, true, "n", false)]
    [InlineData(Plus, true, "y", false)]
    [InlineData(Plus, false, "p=tls-server-end-point", false)]
    public async Task A_downgrade_is_seen(string mechanism, bool isSecure, string flag, bool goesOn)
    {
        var answer = await SaslRun.Of(authentication, mechanism, isSecure ? SaslRun.Secure() : SaslRun.Clear()).SayAsync($"{flag},,n=user,r=abc");

        Assert.Equal(goesOn, answer.StartsWith("+r=abc", StringComparison.Ordinal));
        Assert.True(goesOn || answer == "failed", answer);
    }

    [Fact]
    public async Task A_client_that_was_not_offered_PLUS_may_say_so()
    {
        var connection = SaslRun.Secure();
        var all = authentication.CreateMechanisms();
        SaslMechanism[] fewer = [.. all.Where(mechanism => mechanism.Name != Plus)];
        var mechanism = SaslRun.Mechanism(authentication, Plain);

        Assert.StartsWith("+r=", await new SaslRun(mechanism.Start(connection, fewer)).SayAsync("y,,n=user,r=abc"), StringComparison.Ordinal);
        Assert.Equal("failed", await new SaslRun(mechanism.Start(connection, all)).SayAsync("y,,n=user,r=abc"));
    }

    [Fact]
    public void PLUS_is_offered_under_TLS_only()
    {
        Assert.False(SaslRun.Mechanism(authentication, Plus).IsOfferedTo(SaslRun.Clear()));
        Assert.True(SaslRun.Mechanism(authentication, Plus).IsOfferedTo(SaslRun.Secure()));
        Assert.True(SaslRun.Mechanism(authentication, Plain).IsOfferedTo(SaslRun.Clear()));
    }

    [Theory]
    [InlineData("", "malformed")]
    [InlineData("n", "malformed")]
    [InlineData("n,,", "malformed")]
    [InlineData("n,,n=user", "malformed")]
    [InlineData("n,,r=abc,n=user", "malformed")]
    [InlineData("n,,n=user,r=", "malformed")]
    [InlineData("n,,n=,r=abc", "malformed")]
    [InlineData("n,,n=us=er,r=abc", "malformed")]
    [InlineData("n,,n=us=2cer,r=abc", "malformed")]
    [InlineData("n,,n=us\u0001er,r=abc", "malformed")]
    [InlineData("n,,n=user,r=a b", "malformed")]
    [InlineData("n,,n=user,r=aé", "malformed")]
    [InlineData("n,a=,n=user,r=abc", "malformed")]
    [InlineData("n,b=x,n=user,r=abc", "malformed")]
    [InlineData("n,a=x\n,n=user,r=abc", "malformed")]
    [InlineData("x,,n=user,r=abc", "malformed")]
    [InlineData("p=,,n=user,r=abc", "malformed")]
    [InlineData("N,,n=user,r=abc", "malformed")]
    [InlineData("n,,n=user,r=abc,", "malformed")]
    [InlineData("n,,n=user,r=abc,1=x", "malformed")]
    [InlineData("n,,m=ext,n=user,r=abc", "failed")]
    [InlineData("n,,n=user,r=abc,x=later", "+r=abc")]
    public async Task The_first_message_has_a_grammar(string message, string expected)
    {
        var answer = await SaslRun.Of(authentication, Plain).SayAsync(message);

        Assert.Equal(expected, answer.StartsWith("+r=abc", StringComparison.Ordinal) ? "+r=abc" : answer);
    }

    [Theory]
    [InlineData("{c},{r},{p}", "+")]
    [InlineData("{c},{r},x=later,{p}", "failed")] // the proof was not made with it
    [InlineData("{c},{r}x,{p}", "failed")]
    [InlineData("{c},r=clientnonce,{p}", "failed")]
    [InlineData("{c},r=,{p}", "failed")]
    [InlineData("{c},{r}", "malformed")]
    [InlineData("{r},{c},{p}", "malformed")]
    [InlineData("{c},{r},{p},x=later", "malformed")]
    [InlineData("{c},{r},p=", "malformed")]
    [InlineData("{c},{r},p=AAAA", "malformed")]
    [InlineData("{c},{r},p=*", "malformed")]
    [InlineData("{c},{r},p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "failed")]
    [InlineData("c=*,{r},{p}", "malformed")]
    [InlineData("c=,{r},{p}", "failed")]
    [InlineData("", "malformed")]
    [InlineData(",,", "malformed")]
    public async Task The_final_message_has_a_grammar_and_every_part_counts(string form, string expected)
    {
        var run = SaslRun.Of(authentication, Plain);
        ScramClient client = new("user", "pencil");
        var parts = client.Final(await run.SayAsync(client.First())).Split(',');

        var answer = await run.SayAsync(form.Replace("{c}", parts[0], StringComparison.Ordinal).Replace("{r}", parts[1], StringComparison.Ordinal).Replace("{p}", parts[2], StringComparison.Ordinal));

        Assert.Equal(expected, answer[..1] == "+" ? "+" : answer);
    }

    [Fact]
    public async Task A_final_message_cannot_be_used_again()
    {
        ScramClient client = new("user", "pencil");
        var run = SaslRun.Of(authentication, Plain);
        var final = client.Final(await run.SayAsync(client.First()));
        Assert.StartsWith("+v=", await run.SayAsync(final), StringComparison.Ordinal);

        var again = SaslRun.Of(authentication, Plain);
        await again.SayAsync(client.First());
        Assert.Equal("failed", await again.SayAsync(final));
    }

    /// <summary>The client's side, from the formulas of RFC 5802 §3 and not from the code under test.</summary>
    private sealed class ScramClient(string user, string password)
    {
        private byte[] serverSignature = [];
        private string bare = string.Empty;

        public string Flag { get; init; } = "n";

        public byte[] Binding { get; init; } = [];

        public string? AuthorizationId { get; init; }

        public string? HeaderAtTheEnd { get; set; }

        private string Header => $"{Flag},{(AuthorizationId is null ? "" : "a=" + Escape(AuthorizationId))},";

        public string First()
        {
            bare = $"n={Escape(user)},r=clientnonce";
            return Header + bare;
        }

        public string Final(string challenge)
        {
            var serverFirst = challenge[1..];
            var parts = serverFirst.Split(',');
            var binding = Convert.ToBase64String([.. Encoding.UTF8.GetBytes(HeaderAtTheEnd ?? Header), .. Binding]);
            var withoutProof = $"c={binding},{parts[0]}";
            var message = Encoding.UTF8.GetBytes($"{bare},{serverFirst},{withoutProof}");
            var salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(parts[1][2..]), int.Parse(parts[2][2..], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
            var clientKey = HMACSHA256.HashData(salted, "Client Key"u8.ToArray());
            var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
            serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8.ToArray()), message);
            return $"{withoutProof},p={Convert.ToBase64String([.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))])}";
        }

        public bool Accepts(string challenge) => challenge == "+v=" + Convert.ToBase64String(serverSignature);

        private static string Escape(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
    }
}
