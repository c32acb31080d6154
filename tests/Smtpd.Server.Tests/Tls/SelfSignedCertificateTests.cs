using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Tls;

namespace Smtpd.Server.Tests.Tls;

public sealed class SelfSignedCertificateTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.UtcNow);

    public void Dispose() => directory.Dispose();

    [Fact]
    public void It_names_this_machine_and_only_the_owner_may_read_its_key()
    {
        (var certificatePath, var keyPath) = SelfSignedCertificate.Ensure(directory.Path, ["mx.y.test", "", "no name", "LOCALHOST"], clock);
        using var certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["localhost", "mx.y.test"], names.EnumerateDnsNames());
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], names.EnumerateIPAddresses());
        Assert.True(certificate.MatchesHostname("mx.y.test"));
        Assert.Equal("1.2.840.10045.2.1", certificate.PublicKey.Oid.Value); // elliptic curve
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keyPath));
    }

    [Fact]
    public void It_stays_until_it_is_about_to_expire()
    {
        var first = Serial();
        Assert.Equal(first, Serial());
        clock.Advance(TimeSpan.FromDays(700));
        Assert.Equal(first, Serial());
        clock.Advance(TimeSpan.FromDays(100));
        Assert.NotEqual(first, Serial());
    }

    [Fact]
    public void A_damaged_one_is_made_again()
    {
        var first = Serial();
        File.WriteAllText(directory["tls", "self-signed.key"], "");
        Assert.NotEqual(first, Serial());
    }

    private string Serial()
    {
        (var certificatePath, var keyPath) = SelfSignedCertificate.Ensure(directory.Path, [], clock);
        using var certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        return certificate.SerialNumber;
    }
}
