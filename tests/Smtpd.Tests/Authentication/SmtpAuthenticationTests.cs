namespace Smtpd.Tests.Authentication;

public sealed class SmtpAuthenticationTests
{
    [Fact]
    public void Nothing_set_is_no_mechanism() => Assert.Empty(new SmtpAuthentication().CreateMechanisms());

    [Fact]
    public void What_is_set_decides_and_the_strongest_is_first()
    {
        SmtpAuthentication all = new()
        {
            Credentials = new DictionaryStore(),
            BearerTokens = new NoToken(),
            ClientCertificates = (_, _, _) => default,
            CramMd5 = true,
            Anonymous = true,
        };
        all.Mechanisms.Add(new Own("X-OWN"));

        Assert.Equal(
            ["X-OWN", "EXTERNAL", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "CRAM-MD5", "PLAIN", "LOGIN", "ANONYMOUS"],
            all.CreateMechanisms().Select(mechanism => mechanism.Name));
        Assert.Empty(all.Problems(null, new SmtpTls { ClientCertificates = SmtpClientCertificates.Request }));
    }

    [Fact]
    public void A_fallback_has_the_credentials_when_none_are_set() => Assert.Equal(
        ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"],
        new SmtpAuthentication().EffectiveMechanisms(new DictionaryStore()).Select(mechanism => mechanism.Name));

    [Fact]
    public void PLUS_may_be_left_out() => Assert.Equal(
        ["SCRAM-SHA-256", "PLAIN", "LOGIN"],
        new SmtpAuthentication { Credentials = new DictionaryStore(), ScramPlus = false }.CreateMechanisms().Select(mechanism => mechanism.Name));

    [Fact]
    public void A_mechanism_of_ones_own_takes_the_place_of_ours()
    {
        SmtpAuthentication authentication = new() { Credentials = new DictionaryStore() };
        Own own = new("PLAIN");
        authentication.Mechanisms.Add(own);

        Assert.Same(own, Assert.Single(authentication.CreateMechanisms(), mechanism => mechanism.Name == "PLAIN"));
    }

    [Fact]
    public void Combinations_that_cannot_work_are_told()
    {
        SmtpAuthentication broken = new() { CramMd5 = true, ScramIterations = 0 };
        Assert.Equal(["Authentication.CramMd5", "Authentication.ScramIterations"], broken.Problems(null, null).Select(problem => problem.Split(' ')[0]));
        Assert.Contains("Authentication.CramMd5", Assert.Throws<ArgumentException>(() => new SmtpServer(new SmtpServerOptions { Authentication = broken })).Message, StringComparison.Ordinal);
        Assert.Equal(["Authentication.ScramIterations"], broken.Problems(new DictionaryStore(), null).Select(problem => problem.Split(' ')[0]));

        SmtpAuthentication unasked = new() { ClientCertificates = (_, _, _) => default };
        Assert.Single(unasked.Problems(null, null));
        Assert.Single(unasked.Problems(null, new SmtpTls()));
        Assert.Empty(unasked.Problems(null, new SmtpTls { ClientCertificates = SmtpClientCertificates.Require }));
    }

    [Theory]
    [InlineData("lower")]
    [InlineData("")]
    [InlineData("WITH BLANK")]
    [InlineData("LONGER-THAN-TWENTY-CHARACTERS")]
    public void Names_of_mechanisms_have_a_grammar(string name)
    {
        SmtpAuthentication authentication = new();
        authentication.Mechanisms.Add(new Own(name));

        Assert.Contains($"\"{name}\"", Assert.Single(authentication.Problems(null, null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_mechanisms_come_once()
    {
        SmtpAuthentication authentication = new();
        authentication.Mechanisms.Add(new Own("X-OWN"));
        authentication.Mechanisms.Add(new Own("X-OWN"));

        Assert.Equal("Authentication.Mechanisms has X-OWN twice: each name once.", Assert.Single(authentication.Problems(null, null)));
    }

    private sealed class Own(string name) : SaslMechanism
    {
        public override string Name => name;

        public override SaslExchange Start(SmtpConnection connection) => throw new NotSupportedException();
    }

    private sealed class NoToken : IBearerTokenValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) => default;
    }
}
