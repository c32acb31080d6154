using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Smtpd.Server.Tls;

/// <summary>A certificate in PEM files that may be renewed at any time: what is new is used from the next handshake on. Thread-safe.</summary>
/// <remarks>The files are read and compared, not their times: behind links, as certbot and Kubernetes lay them, times tell little, and they are small.</remarks>
internal sealed class CertificateFiles
{
    /// <summary>How often, at most, the files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string certificatePath;
    private readonly string keyPath;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private volatile SslStreamCertificateContext current;
    private byte[] seen;
    private long lookedAt;

    private CertificateFiles(string certificatePath, string keyPath, TimeProvider clock, ILogger logger)
    {
        (this.certificatePath, this.keyPath, this.clock, this.logger) = (certificatePath, keyPath, clock, logger);
        lookedAt = clock.GetTimestamp();
        (var certificate, var key) = (File.ReadAllBytes(certificatePath), File.ReadAllBytes(keyPath));
        seen = Digest(certificate, key);
        current = Read(certificate, key);
    }

    /// <param name="certificatePath">The certificate and the chain behind it.</param>
    /// <param name="keyPath">Its key, or <c>null</c> when it stands in the same file.</param>
    /// <exception cref="CertificateRefusedException">The files cannot be used.</exception>
    public static CertificateFiles Open(string certificatePath, string? keyPath, TimeProvider clock, ILogger logger)
    {
        try
        {
            CertificateFiles files = new(certificatePath, keyPath ?? certificatePath, clock, logger);
            files.WarnOfTime();
            return files;
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw new CertificateRefusedException($"{certificatePath} with the key in {keyPath ?? certificatePath} cannot be used: {e.Message} "
                + "Both must be PEM, the key not encrypted and that of the first certificate, and this user must be able to read them.", e);
        }
    }

    /// <summary>The certificate for a handshake now.</summary>
    public async ValueTask<SslStreamCertificateContext> CurrentAsync(CancellationToken cancellationToken)
    {
        // One of those who come looks at the files; the others go on with what there is.
        var before = Interlocked.Read(ref lookedAt);
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(before, now) >= Interval && Interlocked.CompareExchange(ref lookedAt, now, before) == before)
            await LookAsync(cancellationToken);
        return current;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var certificate = await File.ReadAllBytesAsync(certificatePath, cancellationToken);
            var key = await File.ReadAllBytesAsync(keyPath, cancellationToken);
            var digest = Digest(certificate, key);
            if (digest.AsSpan().SequenceEqual(seen))
                return;
            seen = digest; // also of what is wrong: one warning is enough
            current = Read(certificate, key);
            ServerLog.CertificateRead(logger, certificatePath, current.TargetCertificate.NotAfter.ToUniversalTime());
            WarnOfTime();
        }
        catch (Exception e) when (IsExpected(e))
        {
            if (e is IOException or UnauthorizedAccessException)
            {
                if (seen.Length == 0)
                    return;
                seen = [];
            }

            ServerLog.CertificateNotRead(logger, certificatePath, e.Message);
        }
    }

    // Offline: what the chain lacks is not fetched from wherever a certificate says.
    private static SslStreamCertificateContext Read(byte[] certificate, byte[] key)
    {
        var text = Encoding.UTF8.GetString(certificate);
        var leaf = X509Certificate2.CreateFromPem(text, Encoding.UTF8.GetString(key));
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(text);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private static byte[] Digest(byte[] certificate, byte[] key) => [.. SHA256.HashData(certificate), .. SHA256.HashData(key)];

    private void WarnOfTime()
    {
        var certificate = current.TargetCertificate;
        var now = clock.GetLocalNow().DateTime; // as the certificate tells its times
        if (now < certificate.NotBefore || now > certificate.NotAfter)
            ServerLog.CertificateOutOfTime(logger, certificatePath, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
    }

    private static bool IsExpected(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}

/// <summary>A certificate, a key or a list of authorities cannot be used; the message says which and what to do.</summary>
internal sealed class CertificateRefusedException(string message, Exception inner) : Exception(message, inner);
