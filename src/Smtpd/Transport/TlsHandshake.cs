using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Transport;

/// <summary>The server's side of TLS handshakes.</summary>
internal class TlsHandshake(SmtpTls tls)
{
    /// <summary>Shakes hands. What is under TLS is the stream that comes back.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The two cannot agree.</exception>
    /// <exception cref="IOException">The peer is gone.</exception>
    public virtual async Task<(Stream Stream, SmtpTlsSession Session)> AuthenticateAsync(Stream clear, SmtpConnection connection, CancellationToken cancellationToken)
    {
        var stream = new SslStream(clear, leaveInnerStreamOpen: false);
        try
        {
            var verdict = new ClientCertificateVerdict(tls.ClientCertificates);
            var serverName = string.Empty;
            await stream.AuthenticateAsServerAsync(
                async (_, hello, _, token) =>
                {
                    serverName = hello.ServerName;
                    return await OptionsAsync(connection, serverName, verdict, token).ConfigureAwait(false);
                },
                null,
                cancellationToken).ConfigureAwait(false);
            return (stream, Describe(stream, serverName, verdict));
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<SslServerAuthenticationOptions> OptionsAsync(
        SmtpConnection connection, string serverName, ClientCertificateVerdict verdict, CancellationToken cancellationToken)
    {
        var certificate = tls.CertificateSelector is { } selector
            // Not for longer than the handshake may take, whether the selector heeds the token or not.
            ? await selector(connection, serverName, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false) ?? tls.Certificate
            : tls.Certificate;
        if (certificate is null)
            throw new System.Security.Authentication.AuthenticationException("There is no certificate for the name that the client asked for.");
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = tls.Protocols,
            CipherSuitesPolicy = tls.CipherSuites,
            AllowRenegotiation = false,
        };
        if (tls.ClientCertificates != SmtpClientCertificates.None)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = ClientChainPolicy();
            options.RemoteCertificateValidationCallback = verdict.Validate;
        }

        return options;
    }

    private X509ChainPolicy? ClientChainPolicy()
    {
        if (tls.ClientAuthorities.Count == 0)
            return null;
        // Private authorities mostly publish no revocation lists, and fetching them would let a client make the server connect somewhere.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(tls.ClientAuthorities);
        return policy;
    }

    private static SmtpTlsSession Describe(SslStream stream, string serverName, ClientCertificateVerdict verdict) => new()
    {
        Protocol = stream.SslProtocol,
        CipherSuite = stream.NegotiatedCipherSuite,
        ServerName = serverName,
        // A copy: the stream disposes its own, and a handler may keep this.
        ClientCertificate = verdict.IsValid && stream.RemoteCertificate is { } peer ? X509CertificateLoader.LoadCertificate(peer.GetRawCertData()) : null,
        ServerEndPointBinding = stream.LocalCertificate is { } own ? EndPointBinding(own) : default,
    };

    // RFC 5929 §4.1: the hash of the certificate's own signature, with SHA-256 in the place of MD5 and SHA-1.
    private static byte[] EndPointBinding(X509Certificate certificate)
    {
        using var parsed = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return parsed.SignatureAlgorithm.Value switch
        {
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(parsed.RawDataMemory.Span),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(parsed.RawDataMemory.Span),
            _ => SHA256.HashData(parsed.RawDataMemory.Span),
        };
    }

    /// <summary>What came of the look at the client's certificate.</summary>
    private sealed class ClientCertificateVerdict(SmtpClientCertificates mode)
    {
        public bool IsValid { get; private set; }

        public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            // A name does not matter in a client's certificate.
            IsValid = certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
            return IsValid || mode == SmtpClientCertificates.Request;
        }
    }
}
