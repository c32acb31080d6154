using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Server.Tests.Tls;

/// <summary>Makes certificates for tests.</summary>
internal static class TestCertificates
{
    /// <summary>Writes a certificate for localhost that signs itself.</summary>
    public static void Write(string certificatePath, string keyPath, string organization = "test", DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN=localhost, O={organization}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var end = notAfter ?? DateTimeOffset.UtcNow.AddDays(10);
        using var certificate = request.CreateSelfSigned(end.AddDays(-20), end);
        Replace(keyPath, key.ExportPkcs8PrivateKeyPem());
        Replace(certificatePath, certificate.ExportCertificatePem());
    }

    /// <summary>Writes an authority, and client certificates with their keys that it has issued: <c>NAME.pem</c> and <c>NAME.key</c>.</summary>
    public static void WriteClients(string authorityPath, string directory, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=clients of the test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        (var begin, var end) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        using var authority = request.CreateSelfSigned(begin, end);
        File.WriteAllText(authorityPath, authority.ExportCertificatePem());
        foreach (var each in names)
        {
            using var clientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest client = new("CN=" + each, clientKey, HashAlgorithmName.SHA256);
            client.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
            using var certificate = client.Create(authority, begin, end.AddSeconds(-1), RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(Path.Combine(directory, each + ".pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(directory, each + ".key"), clientKey.ExportPkcs8PrivateKeyPem());
        }
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
