using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;

namespace Smtpd.Hosting;

/// <summary>Reads <see cref="SmtpTls"/> from a section that names PEM files.</summary>
internal static class TlsFiles
{
    private static readonly string[] Known = ["CertificateFile", "KeyFile", "ClientCertificates", "ClientAuthoritiesFile"];

    public static SmtpTls Read(IConfigurationSection section)
    {
        if (section.GetChildren().FirstOrDefault(child => !Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new FormatException($"there is no {unknown.Key}, only {string.Join(", ", Known)}.");
        var certificate = section["CertificateFile"] ?? throw new FormatException("CertificateFile is missing: write the path of a PEM file.");
        var tls = new SmtpTls
        {
            Certificate = Load(certificate, section["KeyFile"]),
            ClientCertificates = section["ClientCertificates"] is { } asked ? ConfigurationReader.Name<SmtpClientCertificates>(asked) : SmtpClientCertificates.None,
        };
        if (section["ClientAuthoritiesFile"] is { } authorities)
            tls.ClientAuthorities.ImportFromPemFile(authorities);
        return tls;
    }

    /// <param name="certificateFile">The certificate, then those between it and its root; the key too when <paramref name="keyFile"/> is null.</param>
    /// <param name="keyFile">The private key.</param>
    private static SslStreamCertificateContext Load(string certificateFile, string? keyFile)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            // On Windows TLS cannot use a key that was only read from PEM.
            var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificateFile);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException($"{certificateFile} and its key cannot be used: {exception.Message}", exception);
        }
    }
}
