using System.Security.Cryptography;

namespace Smtpd.Authentication;

/// <summary>SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): both sides prove that they know the password or its verifier, and neither sends it.</summary>
/// <remarks>
/// The PLUS form also proves that there is nobody between the two: it is bound to the TLS connection by <c>tls-server-end-point</c> (RFC 5929 §4).
/// <c>tls-exporter</c> (RFC 9266), what RFC 5802's successors prefer with TLS 1.3, and <c>tls-unique</c> for older versions are not offered: .NET's SslStream
/// exports no keying material, and its <c>tls-unique</c> is not safe without the extended master secret (RFC 7627), which it does not tell.
/// </remarks>
internal sealed class ScramMechanism(ICredentialStore store, UnknownUsers unknownUsers, bool isPlus, bool hasPlus = true, Func<string>? makeNonce = null) : SaslMechanism
{
    public const string PlainName = "SCRAM-SHA-256";
    public const string PlusName = "SCRAM-SHA-256-PLUS";

    public override string Name => isPlus ? PlusName : PlainName;

    public override bool IsOfferedTo(SmtpConnection connection) => !isPlus || CanBind(connection);

    public override SaslExchange Start(SmtpConnection connection) => Start(connection, plusIsOffered: hasPlus && CanBind(connection));

    internal override SaslExchange Start(SmtpConnection connection, IReadOnlyList<SaslMechanism> offered) =>
        Start(connection, offered.Any(mechanism => mechanism.Name.Equals(PlusName, StringComparison.Ordinal) && mechanism.IsOfferedTo(connection)));

    private ScramExchange Start(SmtpConnection connection, bool plusIsOffered) => new(
        Name, store, unknownUsers, isPlus ? connection.Tls?.ServerEndPointBinding ?? default : default(ReadOnlyMemory<byte>?), plusIsOffered, (makeNonce ?? NewNonce)());

    private static bool CanBind(SmtpConnection connection) => connection.Tls is { ServerEndPointBinding.IsEmpty: false };

    // 144 bits; base64 has no comma, which a nonce must not hold.
    private static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
}
