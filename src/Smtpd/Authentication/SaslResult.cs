namespace Smtpd;

/// <summary>What a SASL exchange came to: a challenge, an identity or a refusal.</summary>
public sealed class SaslResult
{
    private SaslResult()
    {
    }

    /// <summary>The credentials are not valid; 535 5.7.8, the same for an unknown user and a wrong secret.</summary>
    public static SaslResult Failure { get; } = new();

    /// <summary>The response breaks the mechanism's grammar; 501 5.5.2.</summary>
    public static SaslResult Malformed { get; } = new() { IsMalformed = true };

    /// <summary>What the client must answer next; null when the exchange is over.</summary>
    public ReadOnlyMemory<byte>? Challenge { get; private init; }

    /// <summary>Who the client is; null when it has not proved it.</summary>
    public SmtpIdentity? Identity { get; private init; }

    /// <summary>A refusal of its own, such as 454 4.7.0 when the user database cannot be asked; <see cref="SmtpReply.Continue"/> for none.</summary>
    public SmtpReply Refusal { get; private init; }

    internal bool IsMalformed { get; private init; }

    /// <summary>Sends a challenge, as it is before base64; it may be empty.</summary>
    public static SaslResult Continue(ReadOnlyMemory<byte> challenge) => new() { Challenge = challenge };

    /// <summary>Ends the exchange with an identity.</summary>
    public static SaslResult Success(SmtpIdentity identity) => new() { Identity = identity };

    /// <summary>Ends the exchange with a refusal of its own.</summary>
    /// <exception cref="ArgumentException">The reply refuses nothing.</exception>
    public static SaslResult Refuse(SmtpReply reply) => reply.IsPositive
        ? throw new ArgumentException("A refusal is a reply of 4xx or 5xx.", nameof(reply))
        : new SaslResult { Refusal = reply };
}
