using System.Net;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>A mechanism whose failures count for the address of the client: a connection has few attempts, but whoever guesses has many connections.</summary>
internal sealed class CountedMechanism(SaslMechanism mechanism, LoginFailures failures) : SaslMechanism
{
    // RFC 4954 6: 454 is a temporary failure. A 535 would say something of the password, which nobody has looked at.
    private static readonly SaslResult HeldOff = SaslResult.Refuse(new SmtpReply(454, new EnhancedStatus(4, 7, 0), "Too many wrong credentials, try again later"));

    public override string Name => mechanism.Name;

    public override bool IsOfferedTo(SmtpConnection connection) => mechanism.IsOfferedTo(connection);

    public override SaslExchange Start(SmtpConnection connection) => new Exchange(mechanism.Start(connection), (connection.RemoteEndPoint as IPEndPoint)?.Address, failures);

    private sealed class Exchange(SaslExchange exchange, IPAddress? client, LoginFailures failures) : SaslExchange
    {
        // Counted when it has failed, not when it begins: many that know their password may come at the same time from one address.
        public override async ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            if (failures.IsOver(client))
                return HeldOff;
            var result = await exchange.RespondAsync(response, cancellationToken);
            if (result == SaslResult.Failure)
                failures.TryBegin(client);
            return result;
        }
    }
}
