namespace Smtpd.Tests.Authentication;

public sealed class ScramVerifierTests
{
    // "pencil" with the salt and the count of RFC 7677 §3, as Python's hashlib and hmac derive it.
    private const string Pencil = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    [Fact]
    public void The_verifier_of_the_RFC_knows_its_password()
    {
        var verifier = ScramVerifier.Parse(Pencil);

        Assert.Equal(4096, verifier.Iterations);
        Assert.True(verifier.Verify("pencil"));
        Assert.False(verifier.Verify("pencil "));
        Assert.False(verifier.Verify(""));
        Assert.Equal(Pencil, verifier.ToString());
    }

    [Theory]
    [InlineData("pencil")]
    [InlineData("a pass phrase of some length, with blanks")]
    [InlineData("grüße")]
    [InlineData("密码")]
    [InlineData("emoji 🔑 of a later Unicode")]
    public void What_is_created_is_kept_as_text_and_verifies(string password)
    {
        var verifier = ScramVerifier.Parse(ScramVerifier.Create(password, 4096).ToString());

        Assert.True(verifier.Verify(password));
        Assert.True(verifier.Verify(System.Text.Encoding.UTF8.GetBytes(password)));
        Assert.False(verifier.Verify(password + "x"));
        Assert.DoesNotContain(password, verifier.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_verifier_has_a_salt_of_its_own()
    {
        Assert.NotEqual(ScramVerifier.Create("pencil", 4096).Salt, ScramVerifier.Create("pencil", 4096).Salt);
        Assert.Equal(16, ScramVerifier.Create("pencil").Salt.Length);
        Assert.Equal(ScramVerifier.DefaultIterations, ScramVerifier.Create("pencil").Iterations);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\0")]
    [InlineData("a\u007f")]
    [InlineData("\u00ad")] // a soft hyphen is mapped to nothing, and nothing is left
    [InlineData("a\ue000")]
    [InlineData("a\ud800")]
    public void Nobody_gets_a_password_that_nobody_can_use(string password)
    {
        Assert.Throws<ArgumentException>(() => ScramVerifier.Create(password));
        Assert.False(ScramVerifier.Parse(Pencil).Verify(password));
    }

    [Fact]
    public void Few_iterations_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => ScramVerifier.Create("pencil", 4095));

    [Theory]
    [InlineData("")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$a:b")]
    [InlineData("scram-sha-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$+4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22Z aJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4g==:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=:")]
    public void Other_text_is_no_verifier(string text)
    {
        Assert.False(ScramVerifier.TryParse(text, out _));
        Assert.DoesNotContain("4096:", Assert.Throws<FormatException>(() => ScramVerifier.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_credential_does_not_print_its_secrets()
    {
        var credential = new SmtpCredential("bob", ScramVerifier.Parse(Pencil)) { MailboxId = 7, ClearSecret = "pencil" };

        Assert.Equal("SmtpCredential { User = bob, MailboxId = 7 }", credential.ToString());
    }
}
