using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Smtpd.Commands;
using Smtpd.Replies;
using Smtpd.Text;

namespace Smtpd.Transport;

/// <summary>One connection's AUTH: runs the mechanism, and turns what comes of it into replies (RFC 4954 §4).</summary>
internal sealed class SaslDialogue(SmtpConnection connection)
{
    private SaslExchange? exchange;

    /// <summary>The mechanism of the last attempt; null when it is none that is offered.</summary>
    public string? MechanismName { get; private set; }

    /// <summary>Who has proved to be whom, after a reply of 235 and until the next call.</summary>
    public SmtpIdentity? Proved { get; private set; }

    /// <summary>Begins with the mechanism that the command names, or refuses one that is not among those <paramref name="offered"/>.</summary>
    public ValueTask<SmtpReply> BeginAsync(AuthCommand auth, IReadOnlyList<SaslMechanism> offered, CancellationToken cancellationToken)
    {
        exchange = null;
        MechanismName = null;
        if (offered.FirstOrDefault(each => each.Name.Equals(auth.Mechanism, StringComparison.OrdinalIgnoreCase)) is not { } mechanism)
            return new(ProtocolReplies.AuthMechanismUnknown);
        MechanismName = mechanism.Name;
        exchange = mechanism.Start(connection, offered);
        return RespondAsync(auth.InitialResponse, cancellationToken);
    }

    /// <summary>Gives the mechanism the client's next response.</summary>
    public ValueTask<SmtpReply> ContinueAsync(SaslResponseCommand response, CancellationToken cancellationToken) => RespondAsync(response.Response, cancellationToken);

    private async ValueTask<SmtpReply> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        var running = exchange ?? throw new InvalidOperationException("No exchange is under way.");
        Proved = null;
        exchange = null;
        try
        {
            var result = await running.RespondAsync(response, cancellationToken).ConfigureAwait(false);
            if (result.Challenge is { } challenge)
            {
                exchange = running;
                return SmtpReply.Challenge(challenge.Span);
            }

            return ReplyTo(result);
        }
        finally
        {
            Wipe(response);
        }
    }

    private SmtpReply ReplyTo(SaslResult result)
    {
        if (result.IsMalformed)
            return ProtocolReplies.AuthMalformed;
        if (!result.Refusal.IsContinue)
            return result.Refusal;
        if (result.Identity is not { } identity)
            return SmtpReply.AuthenticationFailed;
        // Mechanisms of other people's may not look: nothing of the kind may get into logs, trace fields and file names.
        if (!PrintableText.IsPrintable(identity.User) || (identity.AuthorizationId is { } acting && !PrintableText.IsPrintable(acting)))
            return ProtocolReplies.AuthMalformed;
        Proved = identity.Mechanism.Length > 0 ? identity : identity with { Mechanism = MechanismName! };
        return ProtocolReplies.AuthSucceeded;
    }

    private static void Wipe(ReadOnlyMemory<byte>? response)
    {
        if (response is { } octets && MemoryMarshal.TryGetArray(octets, out var segment))
            CryptographicOperations.ZeroMemory(segment);
    }
}
