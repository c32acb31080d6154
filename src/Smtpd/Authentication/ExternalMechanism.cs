using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Authentication;

/// <summary>EXTERNAL (RFC 4422 appendix A): TLS has proved who the client is. Its one message is the identity to act as, mostly empty.</summary>
internal sealed class ExternalMechanism(Func<X509Certificate2, string?, CancellationToken, ValueTask<SmtpIdentity?>> holderOf) : SaslMechanism
{
    public override string Name => "EXTERNAL";

    public override bool IsOfferedTo(SmtpConnection connection) => connection.Tls?.ClientCertificate is not null;

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(this, connection, holderOf);

    private sealed class Exchange(
        ExternalMechanism mechanism, SmtpConnection connection, Func<X509Certificate2, string?, CancellationToken, ValueTask<SmtpIdentity?>> holderOf) : ClientFirstExchange
    {
        protected override async ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
        {
            if (!SaslNames.TryReadOptional(response.Span, out var authorizationId))
                return SaslResult.Malformed;
            if (connection.Tls?.ClientCertificate is not { } certificate)
                return SaslResult.Failure;
            var identity = await holderOf(certificate, authorizationId, cancellationToken).ConfigureAwait(false);
            return identity is null ? SaslResult.Failure : SaslNames.Accept(identity, mechanism.Name, authorizationId, user: null);
        }
    }
}
