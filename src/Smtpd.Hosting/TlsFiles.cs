using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Smtpd.Hosting;

/// <summary>Reads <see cref="SmtpTls"/> from a section that names PEM files.</summary>
internal static class TlsFiles
{
    private static readonly string[] Known = ["CertificateFile", "KeyFile", "ClientCertificates", "ClientAuthoritiesFile"];

    public static SmtpTls Read(IConfigurationSection section, TimeProvider time, ILogger? logger)
    {
        if (section.GetChildren().FirstOrDefault(child => !Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new FormatException($"there is no {unknown.Key}, only {string.Join(", ", Known)}.");
        var certificate = section["CertificateFile"] ?? throw new FormatException("CertificateFile is missing: write the path of a PEM file.");
        var tls = new SmtpTls
        {
            CertificateSelector = new SmtpCertificateFiles(certificate, section["KeyFile"], time, logger).SelectAsync,
            ClientCertificates = section["ClientCertificates"] is { } asked ? ConfigurationReader.Name<SmtpClientCertificates>(asked) : SmtpClientCertificates.None,
        };
        if (section["ClientAuthoritiesFile"] is { } authorities)
            tls.ClientAuthorities.ImportFromPemFile(authorities);
        return tls;
    }
}
