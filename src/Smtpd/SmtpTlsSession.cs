using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Smtpd;

/// <summary>What was agreed on in a TLS handshake.</summary>
public sealed class SmtpTlsSession
{
    internal SmtpTlsSession()
    {
    }

    /// <summary>The version.</summary>
    public required SslProtocols Protocol { get; init; }

    /// <summary>The cipher suite by its IANA number.</summary>
    public required TlsCipherSuite CipherSuite { get; init; }

    /// <summary>The name the client asked for (SNI); empty when it asked for none.</summary>
    public required string ServerName { get; init; }

    /// <summary>The client's certificate, when it showed one that is valid; null otherwise.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The <c>tls-server-end-point</c> channel binding (RFC 5929 §4): the hash of the server's certificate. Empty when it has none.</summary>
    public ReadOnlyMemory<byte> ServerEndPointBinding { get; init; }

    /// <summary>Version and cipher suite, such as <c>Tls13 TLS_AES_256_GCM_SHA384</c>.</summary>
    public override string ToString() => $"{Protocol} {CipherSuite}";
}
