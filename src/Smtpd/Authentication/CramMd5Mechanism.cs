using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>CRAM-MD5 (RFC 2195): the client answers a challenge with its HMAC under the password, which the server must hold in clear.</summary>
internal sealed class CramMd5Mechanism(ICredentialStore store) : SaslMechanism
{
    public override string Name => "CRAM-MD5";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(this, connection, store);

    private sealed class Exchange(CramMd5Mechanism mechanism, SmtpConnection connection, ICredentialStore store) : SaslExchange
    {
        private const int DigestDigits = 2 * MD5.HashSizeInBytes;

        private byte[]? challenge;

        public override ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            if (response is null)
            {
                // RFC 2195 §2 wants a message id of process, time and host; only its being new matters, so it is chance.
                challenge = StrictUtf8.Encoding.GetBytes($"<{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{connection.ServerName}>");
                return new(SaslResult.Continue(challenge));
            }

            // Without a challenge this is an initial response, which the mechanism does not have.
            return challenge is null ? new(SaslResult.Malformed) : CheckAsync(challenge, response.Value, cancellationToken);
        }

        private async ValueTask<SaslResult> CheckAsync(byte[] challenged, ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
        {
            // A user's name may hold blanks; the digest does not.
            var blank = response.Span.LastIndexOf((byte)' ');
            if (blank < 0 || response.Length - blank - 1 != DigestDigits || !SaslNames.TryRead(response.Span[..blank], out var user))
                return SaslResult.Malformed;
            var credential = await store.FindCredentialAsync(user, cancellationToken).ConfigureAwait(false);
            var isRight = IsDigest(response.Span[(blank + 1)..], challenged, credential?.ClearSecret);
            return isRight && credential is not null ? SaslNames.Accept(credential.ToIdentity(), mechanism.Name, authorizationId: null, user) : SaslResult.Failure;
        }

        [SuppressMessage("Security", "CA5351", Justification = "The mechanism is made of MD5; it is offered only by opting in.")]
        private static bool IsDigest(ReadOnlySpan<byte> digits, byte[] challenged, string? secret)
        {
            var key = StrictUtf8.Encoding.GetBytes(secret ?? "nobody's");
            var digest = HMACMD5.HashData(key, challenged);
            CryptographicOperations.ZeroMemory(key);
            return CryptographicOperations.FixedTimeEquals(digits, StrictUtf8.Encoding.GetBytes(Convert.ToHexStringLower(digest))) && secret is { Length: > 0 };
        }
    }
}
