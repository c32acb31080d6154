using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Server.Tls;

/// <summary>A certificate for development. Kept in the data directory, so that who has once decided to trust it need not again after a restart.</summary>
internal static class SelfSignedCertificate
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // The longest that systems believe in (Apple's limit for certificates somebody trusts by hand).
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(825);
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(30);

    /// <summary>Makes the files when they are not there, damaged or about to expire.</summary>
    /// <param name="names">Names besides <c>localhost</c>; what is no DNS name is left out.</param>
    /// <returns>The paths of certificate and key.</returns>
    /// <exception cref="CertificateRefusedException">They cannot be written.</exception>
    public static (string Certificate, string Key) Ensure(string directory, IEnumerable<string> names, TimeProvider clock)
    {
        var folder = Path.Combine(directory, "tls");
        (var certificatePath, var keyPath) = (Path.Combine(folder, "self-signed.pem"), Path.Combine(folder, "self-signed.key"));
        try
        {
            if (!IsUsable(certificatePath, keyPath, clock.GetUtcNow()))
            {
                Directory.CreateDirectory(folder);
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                using var certificate = Make(key, names, clock.GetUtcNow());
                // The key first: a certificate without its key would be found unusable, and both are made again.
                Write(keyPath, key.ExportPkcs8PrivateKeyPem());
                Write(certificatePath, certificate.ExportCertificatePem());
            }

            return (certificatePath, keyPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateRefusedException($"The certificate for development cannot be kept in {folder} ({e.Message}).", e);
        }
    }

    private static bool IsUsable(string certificatePath, string keyPath, DateTimeOffset now)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            return certificate.NotAfter.ToUniversalTime() > (now + Renewal).UtcDateTime;
        }
        catch (Exception e) when (e is IOException or CryptographicException)
        {
            return false;
        }
    }

    private static X509Certificate2 Make(ECDsa key, IEnumerable<string> names, DateTimeOffset now)
    {
        CertificateRequest request = new("CN=localhost, O=smtpd for development", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (var each in names.Prepend("localhost").Where(each => Uri.CheckHostName(each) == UriHostNameType.Dns).Distinct(StringComparer.OrdinalIgnoreCase))
            alternatives.AddDnsName(each);
        alternatives.AddIpAddress(IPAddress.Loopback);
        alternatives.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        return request.CreateSelfSigned(now.AddDays(-1), now + Lifetime);
    }

    private static void Write(string path, string text)
    {
        var temporary = path + ".tmp";
        File.Delete(temporary);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (StreamWriter writer = new(temporary, options))
            writer.Write(text);
        File.Move(temporary, path, overwrite: true);
    }
}
