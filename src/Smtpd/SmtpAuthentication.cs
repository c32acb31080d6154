using System.Security.Cryptography.X509Certificates;

namespace Smtpd;

/// <summary>How clients may prove who they are. What is set decides which mechanisms are offered; with nothing set there is no AUTH.</summary>
public sealed class SmtpAuthentication
{
    /// <summary>Offers PLAIN, LOGIN, SCRAM-SHA-256 and, over TLS, SCRAM-SHA-256-PLUS.</summary>
    public ICredentialStore? Credentials { get; set; }

    /// <summary>Offers PLAIN and LOGIN, checked here before <see cref="Credentials"/>.</summary>
    public IPasswordValidator? Passwords { get; set; }

    /// <summary>Offers XOAUTH2 and OAUTHBEARER.</summary>
    public IBearerTokenValidator? BearerTokens { get; set; }

    /// <summary>Offers EXTERNAL to clients with a verified certificate: says who holds it, or null for nobody known. The text is the identity that the client asks for, or null.</summary>
    public Func<X509Certificate2, string?, CancellationToken, ValueTask<SmtpIdentity?>>? ClientCertificates { get; set; }

    /// <summary>Offers CRAM-MD5 (RFC 2195), for users with a <see cref="SmtpCredential.ClearSecret"/>. Default false: the server must hold their passwords.</summary>
    public bool CramMd5 { get; set; }

    /// <summary>Offers ANONYMOUS (RFC 4505). Default false.</summary>
    public bool Anonymous { get; set; }

    /// <summary>Mechanisms of your own, offered before the others.</summary>
    public IList<SaslMechanism> Mechanisms { get; } = [];

    /// <summary>Whether AUTH is offered without TLS. Default false: passwords would be there for everybody to read (RFC 4954 §4).</summary>
    public bool AllowInClear { get; set; }

    /// <summary>Whether mail is taken only after AUTH; others get 530 5.7.0. Default false.</summary>
    public bool Required { get; set; }

    /// <summary>The mechanisms that what is set makes possible, the strongest first.</summary>
    internal IReadOnlyList<SaslMechanism> EffectiveMechanisms(ICredentialStore? fallback) => [.. Mechanisms];
}
