using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Diagnostics;

namespace Smtpd;

/// <summary>A certificate in PEM files that may be renewed at any time: what is new is used from the next handshake on, without a restart. Thread-safe.</summary>
/// <remarks>
/// <para>Give <see cref="SelectAsync"/> to <see cref="SmtpTls.CertificateSelector"/>. The files are looked at when a handshake comes, every two seconds at most;
/// files that cannot be used are logged once, and the certificate read before stays.</para>
/// <para>They are read and compared, not their times: behind links, as certbot and Kubernetes lay them, times tell little, and they are small.</para>
/// </remarks>
/// <example><code>options.Tls = new SmtpTls { CertificateSelector = new SmtpCertificateFiles("fullchain.pem", "privkey.pem").SelectAsync };</code></example>
public sealed class SmtpCertificateFiles
{
    /// <summary>How often, at most, the files are looked at.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string certificatePath;
    private readonly string keyPath;
    private readonly TimeProvider timeProvider;
    private readonly ILogger logger;
    private volatile SslStreamCertificateContext current;
    private byte[] seen;
    private long lookedAt;

    /// <summary>Reads the files.</summary>
    /// <param name="certificatePath">The certificate and the chain behind it.</param>
    /// <param name="keyPath">Its key, not encrypted; null when it stands in the same file.</param>
    /// <param name="timeProvider">The clock; null is the system's.</param>
    /// <param name="logger">Where renewals and what is wrong are told; null tells nobody.</param>
    /// <exception cref="CryptographicException">The files cannot be read or used. The message says which and what to do.</exception>
    public SmtpCertificateFiles(string certificatePath, string? keyPath = null, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        this.certificatePath = certificatePath;
        this.keyPath = keyPath ?? certificatePath;
        this.timeProvider = timeProvider ?? TimeProvider.System;
        this.logger = logger ?? NullLogger.Instance;
        lookedAt = this.timeProvider.GetTimestamp();
        try
        {
            var (certificate, key) = (File.ReadAllBytes(certificatePath), File.ReadAllBytes(this.keyPath));
            seen = Digest(certificate, key);
            current = Read(certificate, key);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            throw new CryptographicException(
                $"{certificatePath} with the key in {this.keyPath} cannot be used: {exception.Message} "
                + "Both must be PEM, the key not encrypted and that of the first certificate, and this user must be able to read them.", exception);
        }

        WarnOfTime();
    }

    /// <summary>The certificate for a handshake now, whatever name the client asks for.</summary>
    public async ValueTask<SslStreamCertificateContext?> SelectAsync(SmtpConnection connection, string serverName, CancellationToken cancellationToken) =>
        await CurrentAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The certificate for a handshake now.</summary>
    public async ValueTask<SslStreamCertificateContext> CurrentAsync(CancellationToken cancellationToken)
    {
        // One of those who come looks at the files; the others go on with what there is.
        var before = Interlocked.Read(ref lookedAt);
        var now = timeProvider.GetTimestamp();
        if (timeProvider.GetElapsedTime(before, now) >= Interval && Interlocked.CompareExchange(ref lookedAt, now, before) == before)
            await LookAsync(cancellationToken).ConfigureAwait(false);
        return current;
    }
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var certificate = await File.ReadAllBytesAsync(certificatePath, cancellationToken).ConfigureAwait(false);
            var key = await File.ReadAllBytesAsync(keyPath, cancellationToken).ConfigureAwait(false);
            var digest = Digest(certificate, key);
            if (digest.AsSpan().SequenceEqual(seen))
                return;
            seen = digest; // also of what is wrong: one warning is enough
            current = Read(certificate, key);
            Log.CertificateRead(logger, certificatePath, current.TargetCertificate.NotAfter.ToUniversalTime());
            WarnOfTime();
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            if (exception is IOException or UnauthorizedAccessException)
            {
                if (seen.Length == 0)
                    return;
                seen = [];
            }

            Log.CertificateNotRead(logger, certificatePath, exception.Message);
        }
    }

    // Offline: what the chain lacks is not fetched from wherever a certificate says.
    private static SslStreamCertificateContext Read(byte[] certificate, byte[] key)
    {
        var text = Encoding.UTF8.GetString(certificate);
        using var fromPem = X509Certificate2.CreateFromPem(text, Encoding.UTF8.GetString(key));
        // On Windows TLS cannot use a key that was only read from PEM.
        var leaf = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private static byte[] Digest(byte[] certificate, byte[] key) => [.. SHA256.HashData(certificate), .. SHA256.HashData(key)];

    private void WarnOfTime()
    {
        var certificate = current.TargetCertificate;
        var now = timeProvider.GetLocalNow().DateTime; // as the certificate tells its times
        if (now < certificate.NotBefore || now > certificate.NotAfter)
            Log.CertificateOutOfTime(logger, certificatePath, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
    }

    private static bool IsExpected(Exception exception) => exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
