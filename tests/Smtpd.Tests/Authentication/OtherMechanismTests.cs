using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Tests.Authentication;

public sealed class OtherMechanismTests
{
    [Theory]
    [InlineData("", "ok gateway", null)]
    [InlineData("gateway", "ok gateway", null)]
    [InlineData("somebody", "ok gateway", "somebody")]
    [InlineData("nobody", "failed", null)]
    [InlineData("a\0b", "malformed", null)]
    public async Task EXTERNAL_asks_who_holds_the_certificate(string message, string expected, string? authorizationId)
    {
        using var certificate = NewCertificate();
        var run = SaslRun.Of(External(), "EXTERNAL", SaslRun.Secure(certificate));

        Assert.Equal("+", await run.SayAsync(default(string)));
        Assert.Equal(expected, await run.SayAsync(message));
        Assert.Equal(authorizationId, run.Identity?.AuthorizationId);
    }

    [Fact]
    public async Task EXTERNAL_is_for_those_with_a_certificate()
    {
        using var certificate = NewCertificate();
        var mechanism = SaslRun.Mechanism(External(), "EXTERNAL");

        Assert.True(mechanism.IsOfferedTo(SaslRun.Secure(certificate)));
        Assert.False(mechanism.IsOfferedTo(SaslRun.Secure()));
        Assert.False(mechanism.IsOfferedTo(SaslRun.Clear()));
        Assert.Equal("failed", await SaslRun.Of(External(), "EXTERNAL", SaslRun.Secure()).SayAsync(""));
    }

    // RFC 4505 §5.
    [Theory]
    [InlineData("sirhc", "ok anonymous", "sirhc")]
    [InlineData("somebody@example.com", "ok anonymous", "somebody@example.com")]
    [InlineData("", "ok anonymous", null)]
    [InlineData("a\u0001b", "malformed", null)]
    [InlineData("a\u202eb", "malformed", null)]
    public async Task ANONYMOUS_takes_a_trace(string message, string expected, string? trace)
    {
        var run = SaslRun.Of(new SmtpAuthentication { Anonymous = true }, "ANONYMOUS");

        Assert.Equal(expected, await run.SayAsync(message));
        Assert.Equal(trace, run.Identity?.TraceInformation);
    }

    [Theory]
    [InlineData(255, "ok anonymous")]
    [InlineData(256, "malformed")]
    public async Task A_trace_has_at_most_255_characters(int length, string expected) =>
        Assert.Equal(expected, await SaslRun.Of(new SmtpAuthentication { Anonymous = true }, "ANONYMOUS").SayAsync(string.Concat(Enumerable.Repeat("é", length))));

    [Fact]
    public void A_name_that_would_break_a_log_line_is_no_identity()
    {
        Assert.Throws<ArgumentException>(() => new SmtpIdentity(""));
        Assert.Throws<ArgumentException>(() => new SmtpIdentity("a\r\nb"));
        Assert.Throws<ArgumentException>(() => new SmtpIdentity("a\u0085b"));
    }

    private static SmtpAuthentication External() => new()
    {
        ClientCertificates = (certificate, asked, _) => new(certificate.Subject == "CN=gateway" && asked != "nobody" ? new SmtpIdentity("gateway") : null),
    };

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }
}
