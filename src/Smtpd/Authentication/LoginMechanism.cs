using System.Text.Unicode;

namespace Smtpd.Authentication;

/// <summary>LOGIN (draft-murchison-sasl-login): never a standard, and all that some old clients know. Asks for the user, then for the password.</summary>
internal sealed class LoginMechanism(PasswordCheck passwords) : SaslMechanism
{
    public override string Name => "LOGIN";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(this, connection, passwords);

    private sealed class Exchange(LoginMechanism mechanism, SmtpConnection connection, PasswordCheck passwords) : SaslExchange
    {
        private string? user;

        // Some clients look for these very texts. An initial response is the user's name.
        public override ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            if (response is not { } octets)
                return new(SaslResult.Continue("Username:"u8.ToArray()));
            if (user is not null)
                return CheckAsync(user, octets, cancellationToken);
            if (!SaslNames.TryRead(octets.Span, out var name))
                return new(SaslResult.Malformed);
            user = name;
            return new(SaslResult.Continue("Password:"u8.ToArray()));
        }

        private async ValueTask<SaslResult> CheckAsync(string name, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
        {
            if (password.Span.Contains((byte)0) || !Utf8.IsValid(password.Span))
                return SaslResult.Malformed;
            var identity = await passwords.CheckAsync(connection, name, password, cancellationToken).ConfigureAwait(false);
            return identity is null ? SaslResult.Failure : SaslNames.Accept(identity, mechanism.Name, authorizationId: null, name);
        }
    }
}
