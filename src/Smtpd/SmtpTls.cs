using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd;

/// <summary>When a connection to an endpoint is under TLS.</summary>
public enum SmtpTlsMode
{
    /// <summary>Never.</summary>
    None,

    /// <summary>When the client asks by STARTTLS (RFC 3207).</summary>
    StartTls,

    /// <summary>As <see cref="StartTls"/>; before it only hello, NOOP and QUIT are served, everything else gets 530 5.7.0 (RFC 3207 §4).</summary>
    RequireStartTls,

    /// <summary>From the first octet on (RFC 8314 §3.3), as on port 465.</summary>
    Implicit,
}

/// <summary>How the server speaks TLS.</summary>
public sealed class SmtpTls
{
    /// <summary>The certificate with its private key, or a delegate in <see cref="CertificateSelector"/>.</summary>
    public SslStreamCertificateContext? Certificate { get; set; }

    /// <summary>Chooses the certificate of a handshake by the name that the client asks for (SNI, RFC 6066 §3), empty when it asks for none. Null falls back to <see cref="Certificate"/>.</summary>
    public Func<SmtpConnection, string, CancellationToken, ValueTask<SslStreamCertificateContext?>>? CertificateSelector { get; set; }

    /// <summary>The versions to speak. Default: TLS 1.2 and 1.3.</summary>
    public SslProtocols Protocols { get; set; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The cipher suites; null leaves the system's choice.</summary>
    public CipherSuitesPolicy? CipherSuites { get; set; }

    /// <summary>Whether clients are asked for a certificate, and whether one is needed. Default: they are not asked.</summary>
    public SmtpClientCertificates ClientCertificates { get; set; }

    /// <summary>Who may have issued client certificates; empty leaves the system's own list.</summary>
    public X509Certificate2Collection ClientAuthorities { get; } = [];
}

/// <summary>Whether clients are asked for a certificate.</summary>
public enum SmtpClientCertificates
{
    /// <summary>Not asked.</summary>
    None,

    /// <summary>Asked; who has none, or one that is not valid, is served as one without.</summary>
    Request,

    /// <summary>Asked; the handshake fails without a valid one.</summary>
    Require,
}
