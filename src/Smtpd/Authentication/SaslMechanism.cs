namespace Smtpd;

/// <summary>A SASL mechanism (RFC 4422) that AUTH may name. One object serves all connections.</summary>
public abstract class SaslMechanism
{
    /// <summary>The registered name, upper-case: at most 20 letters, digits, hyphens and underscores.</summary>
    public abstract string Name { get; }

    /// <summary>Whether this connection is offered the mechanism, such as EXTERNAL only to a peer with a certificate. Default true.</summary>
    public virtual bool IsOfferedTo(SmtpConnection connection) => true;

    /// <summary>Begins an exchange.</summary>
    public abstract SaslExchange Start(SmtpConnection connection);

    /// <summary>Begins an exchange with a client that was offered these mechanisms, which SCRAM must know to see a downgrade (RFC 5802 §6).</summary>
    internal virtual SaslExchange Start(SmtpConnection connection, IReadOnlyList<SaslMechanism> offered) => Start(connection);
}

/// <summary>One run of a mechanism on one connection.</summary>
public abstract class SaslExchange
{
    /// <summary>Takes the client's next response and says what follows.</summary>
    /// <remarks>An exception is logged and answered with 454 4.7.0, a temporary failure; a <see cref="SmtpReplyException"/> with its reply.</remarks>
    /// <param name="response">
    /// The response, decoded from base64. Null only in the first call, when AUTH came without an initial response; <c>=</c> is an empty one
    /// (RFC 4954 §4). Overwritten when the call has ended.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    public abstract ValueTask<SaslResult> RespondAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);
}
