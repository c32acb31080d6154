using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Server.Tls;

/// <summary>Reads who may have issued client certificates.</summary>
internal static class ClientAuthorities
{
    /// <exception cref="CertificateRefusedException">The file cannot be read, or has no certificate in it.</exception>
    public static X509Certificate2Collection Read(string path)
    {
        try
        {
            X509Certificate2Collection authorities = [];
            authorities.ImportFromPemFile(path);
            if (authorities.Count == 0)
                throw new CryptographicException("there is no certificate in it.");
            return authorities;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CertificateRefusedException($"The authorities of client certificates in {path} cannot be used: {e.Message}", e);
        }
    }
}
