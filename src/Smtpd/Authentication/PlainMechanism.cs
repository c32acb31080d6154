using System.Text.Unicode;

namespace Smtpd.Authentication;

/// <summary>PLAIN (RFC 4616): one message with the authorization identity, the user and the password, NUL between them.</summary>
internal sealed class PlainMechanism(PasswordCheck passwords) : SaslMechanism
{
    public override string Name => "PLAIN";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(this, connection, passwords);

    private sealed class Exchange(PlainMechanism mechanism, SmtpConnection connection, PasswordCheck passwords) : ClientFirstExchange
    {
        protected override async ValueTask<SaslResult> TakeAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
        {
            if (!TryRead(response.Span, out var authorizationId, out var user, out var passwordAt))
                return SaslResult.Malformed;
            var identity = await passwords.CheckAsync(connection, user, response[passwordAt..], cancellationToken).ConfigureAwait(false);
            return identity is null ? SaslResult.Failure : SaslNames.Accept(identity, mechanism.Name, authorizationId, user);
        }

        private static bool TryRead(ReadOnlySpan<byte> message, out string? authorizationId, out string user, out int passwordAt)
        {
            (authorizationId, user, passwordAt) = (null, string.Empty, 0);
            var first = message.IndexOf((byte)0);
            if (first < 0)
                return false;
            var second = message[(first + 1)..].IndexOf((byte)0) + first + 1;
            passwordAt = second + 1;
            return second > first && passwordAt < message.Length && Utf8.IsValid(message) && !message[passwordAt..].Contains((byte)0)
                && SaslNames.TryReadOptional(message[..first], out authorizationId) && SaslNames.TryRead(message[(first + 1)..second], out user);
        }
    }
}
