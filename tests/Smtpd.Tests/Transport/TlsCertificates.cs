using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Tests.Transport;

/// <summary>Certificates made in memory.</summary>
internal static class TlsCertificates
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public static X509Certificate2 Authority(string name) => Issue(name, issuer: null, isAuthority: true);

    /// <summary>A certificate, of its own issue or of <paramref name="issuer"/>'s.</summary>
    public static X509Certificate2 Issue(string name, X509Certificate2? issuer = null, bool isAuthority = false, bool isExpired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (!isAuthority)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        var (from, to) = (Now.AddHours(isAuthority ? -48 : -24), isExpired ? Now.AddHours(-1) : Now.AddHours(isAuthority ? 48 : 24));
        using var bare = issuer is null ? request.CreateSelfSigned(from, to) : request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));
        using var whole = bare.HasPrivateKey ? null : bare.CopyWithPrivateKey(key);
        // On Windows TLS cannot use a key that was never stored.
        return X509CertificateLoader.LoadPkcs12((whole ?? bare).Export(X509ContentType.Pkcs12), null);
    }

    public static SslStreamCertificateContext Context(X509Certificate2 certificate) => SslStreamCertificateContext.Create(certificate, null, offline: true);
}
