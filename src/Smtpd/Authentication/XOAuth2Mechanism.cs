using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>XOAUTH2, Google's and Microsoft's forerunner of OAUTHBEARER: <c>user=…^Aauth=Bearer …^A^A</c>.</summary>
internal sealed class XOAuth2Mechanism(IBearerTokenValidator validator) : SaslMechanism
{
    public override string Name => "XOAUTH2";

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(Name, connection, validator);

    private sealed class Exchange(string mechanism, SmtpConnection connection, IBearerTokenValidator validator) : BearerExchange(mechanism, connection, validator)
    {
        // An HTTP status code, as Google's servers have it.
        protected override string ErrorStatus => "401";

        protected override bool TryRead(string message, out string? user, out string token)
        {
            (user, token) = (null, string.Empty);
            if (!TryReadPairs(message, out var pairs) || !pairs.TryGetValue("user", out var name) || !pairs.TryGetValue("auth", out var auth)
                || !SaslNames.TryRead(StrictUtf8.Encoding.GetBytes(name), out var prepared))
            {
                return false;
            }

            user = prepared;
            return TryReadBearer(auth, out token);
        }
    }
}
