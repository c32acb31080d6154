using System.Security.Cryptography.X509Certificates;
using Smtpd.Authentication;

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

    /// <summary>Whether SCRAM-SHA-256-PLUS is among what <see cref="Credentials"/> offer over TLS: SCRAM that also proves that nobody is in between. Default true.</summary>
    /// <remarks>
    /// It is bound by <c>tls-server-end-point</c> (RFC 5929), the one kind of binding that .NET can serve with all versions of TLS; it exports no keying material
    /// for <c>tls-exporter</c> (RFC 9266). Clients that know that kind only and choose PLUS all the same, as GNU SASL does, fail; set this to false to serve
    /// them with SCRAM-SHA-256.
    /// </remarks>
    public bool ScramPlus { get; set; } = true;

    /// <summary>Offers CRAM-MD5 (RFC 2195), for users with a <see cref="SmtpCredential.ClearSecret"/>. Default false: the server must hold their passwords.</summary>
    public bool CramMd5 { get; set; }

    /// <summary>Offers ANONYMOUS (RFC 4505): everybody is <c>anonymous</c>. Default false.</summary>
    public bool Anonymous { get; set; }

    /// <summary>Mechanisms of your own, offered before the others.</summary>
    public IList<SaslMechanism> Mechanisms { get; } = [];

    /// <summary>Whether AUTH is offered without TLS. Default false: passwords would be there for everybody to read (RFC 4954 §4).</summary>
    public bool AllowInClear { get; set; }

    /// <summary>Whether mail is taken only after AUTH; others get 530 5.7.0. Default false.</summary>
    public bool Required { get; set; }

    /// <summary>The iterations that the verifiers of <see cref="Credentials"/> have; an unknown user seems to have as many. Default <see cref="ScramVerifier.DefaultIterations"/>.</summary>
    public int ScramIterations { get; set; } = ScramVerifier.DefaultIterations;

    /// <summary>A secret that the salts of unknown users come from. Default empty: a random one for each server.</summary>
    /// <remarks>Set it, to the same on all nodes, so that unknown users keep their salts as known ones do when another node answers or the program has been started again.</remarks>
    public ReadOnlyMemory<byte> UnknownUserKey { get; set; }

    /// <summary>Makes the mechanisms that what is set makes possible, the strongest first, such as for <see cref="SmtpHandler.GetMechanisms"/> where connections differ.</summary>
    /// <remarks>Keep them and use them for all connections of a kind: new ones make new salts for unknown users, unless <see cref="UnknownUserKey"/> is set.</remarks>
    public IReadOnlyList<SaslMechanism> CreateMechanisms() => EffectiveMechanisms(null);

    /// <summary>The mechanisms that what is set makes possible, the strongest first.</summary>
    /// <param name="fallback">Where credentials are when <see cref="Credentials"/> is not set.</param>
    internal IReadOnlyList<SaslMechanism> EffectiveMechanisms(ICredentialStore? fallback)
    {
        var store = Credentials ?? fallback;
        var unknownUsers = new UnknownUsers(UnknownUserKey.Span, ScramIterations);
        List<SaslMechanism> all = [.. Mechanisms];
        if (ClientCertificates is not null)
            all.Add(new ExternalMechanism(ClientCertificates));
        if (store is not null)
        {
            if (ScramPlus)
                all.Add(new ScramMechanism(store, unknownUsers, isPlus: true));
            all.Add(new ScramMechanism(store, unknownUsers, isPlus: false, hasPlus: ScramPlus));
        }

        if (BearerTokens is not null)
            all.AddRange([new OAuthBearerMechanism(BearerTokens), new XOAuth2Mechanism(BearerTokens)]);
        if (CramMd5 && store is not null)
            all.Add(new CramMd5Mechanism(store));
        if (Passwords is not null || store is not null)
        {
            var passwords = new PasswordCheck(Passwords, store, unknownUsers);
            all.AddRange([new PlainMechanism(passwords), new LoginMechanism(passwords)]);
        }

        if (Anonymous)
            all.Add(new AnonymousMechanism());
        // A mechanism of the same name among one's own takes the place of ours.
        return [.. all.DistinctBy(static mechanism => mechanism.Name, StringComparer.Ordinal)];
    }

    /// <summary>Looks for settings that cannot work.</summary>
    /// <param name="fallback">Where credentials are when <see cref="Credentials"/> is not set.</param>
    /// <param name="tls">How the server speaks TLS; null when it does not.</param>
    /// <returns>A sentence for each, saying what to do about it.</returns>
    internal IEnumerable<string> Problems(ICredentialStore? fallback, SmtpTls? tls)
    {
        var hasStore = Credentials is not null || fallback is not null;
        if (CramMd5 && !hasStore)
            yield return "Authentication.CramMd5 needs Authentication.Credentials, where the clear secrets are.";
        if (ClientCertificates is not null && tls is not { ClientCertificates: not SmtpClientCertificates.None })
            yield return "Authentication.ClientCertificates needs Tls.ClientCertificates to be Request or Require: clients are not asked for one.";
        if (ScramIterations < 1)
            yield return "Authentication.ScramIterations must be at least 1, and should be what the verifiers have.";
        foreach (var name in Mechanisms.Select(static mechanism => mechanism.Name).Where(static name => !IsMechanismName(name)))
            yield return $"Authentication.Mechanisms: \"{name}\" is no name of a mechanism, which has at most 20 upper-case letters, digits, hyphens and underscores.";
        foreach (var name in Mechanisms.GroupBy(static mechanism => mechanism.Name, StringComparer.Ordinal).Where(static group => group.Skip(1).Any()).Select(static group => group.Key))
            yield return $"Authentication.Mechanisms has {name} twice: each name once.";
    }

    // RFC 4422 §3.1.
    private static bool IsMechanismName(string name) => name.Length is > 0 and <= 20 && name.All(static c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
