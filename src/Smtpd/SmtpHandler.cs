using Smtpd.Replies;

namespace Smtpd;

/// <summary>What a server does with mail: one object a connection, a method a stage, each deciding by the reply it returns.</summary>
/// <remarks>
/// <para>Override what you need. <see cref="SmtpReply.Continue"/> lets the server go on with its standard positive reply; a reply of 4xx or 5xx
/// refuses; a positive reply replaces the standard text. The methods of one object are never called at the same time.</para>
/// <para>An exception is answered with 451 4.3.0 and logged, its text never shown to the peer; a <see cref="SmtpReplyException"/> is answered
/// with its reply. The token is cancelled when the connection is aborted.</para>
/// <para>The defaults are safe: a handler that overrides nothing refuses every recipient, so it is no relay.</para>
/// </remarks>
public class SmtpHandler
{
    /// <summary>Extensions beyond <see cref="SmtpServerOptions.Extensions"/> that this handler honours and the server therefore offers on its connection. Default: none.</summary>
    public virtual SmtpExtensions HonouredExtensions => SmtpExtensions.None;

    /// <summary>The SASL mechanisms for this connection: what the server has, or another list. Asked when a list of extensions or AUTH needs it.</summary>
    public virtual IReadOnlyList<SaslMechanism> GetMechanisms(SmtpConnection connection, IReadOnlyList<SaslMechanism> mechanisms) => mechanisms;

    /// <summary>A peer has connected. A refusal is sent in the place of the greeting, and every command but QUIT is answered 503 (RFC 5321 §3.1).</summary>
    /// <remarks>To close at once answer 421 or with <see cref="SmtpReply.AndClose"/>.</remarks>
    /// <returns>By default <see cref="SmtpReply.Continue"/>; a 220 reply is a greeting of its own.</returns>
    public virtual ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>EHLO or HELO (RFC 5321 §4.1.1.1). The answer to an accepted EHLO is always the server's list of extensions.</summary>
    /// <param name="connection">The connection; <see cref="SmtpConnection.HelloName"/> still holds what was accepted before.</param>
    /// <param name="clientName">What the client calls itself: printable ASCII, not verified.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    public virtual ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>The TLS handshake has succeeded: <see cref="SmtpConnection.Tls"/> is known, and everything said in clear is forgotten.</summary>
    /// <returns>By default <see cref="SmtpReply.Continue"/>; a refusal is sent, then the connection closes; with implicit TLS it takes the place of the greeting, as in <see cref="OnConnectedAsync"/>.</returns>
    public virtual ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>AUTH has succeeded (RFC 4954): the credentials were checked. The identity becomes the connection's when this is positive.</summary>
    /// <returns>By default <see cref="SmtpReply.Continue"/>, and 535 to a client that asks to act as somebody else than it has proved to be.</returns>
    public virtual ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return new(identity.AuthorizationId is null || identity.AuthorizationId.Equals(identity.User, StringComparison.Ordinal)
            ? SmtpReply.Continue
            : SmtpReply.AuthenticationFailed);
    }

    /// <summary>MAIL (RFC 5321 §4.1.1.2). The transaction becomes the connection's when this is positive, and is forgotten when not.</summary>
    public virtual ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>RCPT (RFC 5321 §4.1.1.3). The recipient joins <see cref="MailTransaction.Recipients"/> when this is positive.</summary>
    /// <returns>By default <see cref="SmtpReply.RelayDenied"/>: say yes to your own recipients only.</returns>
    public virtual ValueTask<SmtpReply> OnRecipientAsync(SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        new(SmtpReply.RelayDenied);

    /// <summary>DATA or the first BDAT, before any content: the last chance to refuse without receiving it.</summary>
    public virtual ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>The message. The reply answers its end: a positive one takes the responsibility for the message over (RFC 5321 §6.1).</summary>
    /// <remarks>
    /// <para>A small message is whole when this is called; of a larger one the content still arrives, no faster than it is read. What is not
    /// read is received and thrown away. A reply returned early is sent when the content has ended.</para>
    /// <para>Each transaction ends with this method or with <see cref="OnResetAsync"/>, never with both.</para>
    /// </remarks>
    /// <returns>By default <see cref="SmtpReply.NotConfigured"/>.</returns>
    public virtual ValueTask<DataResult> OnMessageAsync(SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
        new(SmtpReply.NotConfigured);

    /// <summary>A transaction ended without its message: RSET, a new hello, refused content, the end of the connection.</summary>
    public virtual ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>VRFY (RFC 5321 §4.1.1.6).</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="argument">A user name or address, as sent; printable, not parsed.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>By default 252 for everything, so that nobody can harvest addresses (§7.3).</returns>
    public virtual ValueTask<SmtpReply> OnVerifyAsync(SmtpConnection connection, string argument, CancellationToken cancellationToken) => new(ProtocolReplies.CannotVerify);

    /// <summary>A verb the server does not know.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="verb">The verb as sent, printable ASCII.</param>
    /// <param name="argument">What stands behind it; printable.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>By default 500 5.5.2.</returns>
    public virtual ValueTask<SmtpReply> OnUnknownCommandAsync(SmtpConnection connection, string verb, string argument, CancellationToken cancellationToken) =>
        new(ProtocolReplies.CommandUnknown);

    /// <summary>The connection has ended. The last call on this object.</summary>
    public virtual ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason) => ValueTask.CompletedTask;
}
