namespace Smtpd.Authentication;

/// <summary>OAUTHBEARER (RFC 7628): a GS2 header, then <c>host=</c>, <c>port=</c> and <c>auth=Bearer …</c>, ^A after each.</summary>
internal sealed class OAuthBearerMechanism(IBearerTokenValidator validator) : SaslMechanism
{
    public override string Name => "OAUTHBEARER";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(Name, connection, validator);

    private sealed class Exchange(string mechanism, SmtpConnection connection, IBearerTokenValidator validator) : BearerExchange(mechanism, connection, validator)
    {
        // RFC 6750 §3.1.
        protected override string ErrorStatus => "invalid_token";

        // host and port say where the client thinks it is (RFC 7628 §3.1); behind a proxy that is not where we are, so they are not compared.
        protected override bool TryRead(string message, out string? user, out string token)
        {
            token = string.Empty;
            var separator = message.IndexOf(Separator, StringComparison.Ordinal);
            if (!TryReadHeader(separator < 0 ? message : message[..separator], out user))
                return false;
            return separator >= 0 && TryReadPairs(message.AsSpan(separator + 1), out var pairs) && pairs.TryGetValue("auth", out var auth) && TryReadBearer(auth, out token)
                && (!pairs.TryGetValue("port", out var port) || port is { Length: > 0 and <= 5 } && port.All(char.IsAsciiDigit));
        }

        // RFC 5801 §4: the mechanism has no channel binding, so "p" is not for it.
        private static bool TryReadHeader(string header, out string? user)
        {
            user = null;
            if (header.Split(',') is not ["n" or "y", var authorizationId, ""])
                return false;
            if (authorizationId.Length == 0)
                return true;
            var isRead = ScramAttributes.TryReadName(authorizationId.StartsWith("a=", StringComparison.Ordinal) ? authorizationId[2..] : string.Empty, out var name);
            user = name;
            return isRead;
        }
    }
}
