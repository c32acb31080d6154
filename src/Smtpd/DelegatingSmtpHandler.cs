namespace Smtpd;

/// <summary>A handler in front of another: passes everything on. Override what shall be different, such as a check before the inner handler is asked.</summary>
public abstract class DelegatingSmtpHandler : SmtpHandler
{
    /// <summary>Makes a handler in front of <paramref name="inner"/>, which belongs to the same connection alone.</summary>
    protected DelegatingSmtpHandler(SmtpHandler inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <summary>The handler behind this one.</summary>
    protected SmtpHandler Inner { get; }

    /// <inheritdoc/>
    public override SmtpExtensions HonouredExtensions => Inner.HonouredExtensions;

    /// <inheritdoc/>
    public override IReadOnlyList<SaslMechanism> GetMechanisms(SmtpConnection connection, IReadOnlyList<SaslMechanism> mechanisms) =>
        Inner.GetMechanisms(connection, mechanisms);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) =>
        Inner.OnConnectedAsync(connection, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) =>
        Inner.OnHelloAsync(connection, clientName, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken) =>
        Inner.OnTlsEstablishedAsync(connection, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken) =>
        Inner.OnAuthenticatedAsync(connection, identity, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        Inner.OnMailAsync(connection, transaction, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        Inner.OnRecipientAsync(connection, transaction, recipient, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        Inner.OnDataAsync(connection, transaction, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
        Inner.OnMessageAsync(connection, transaction, body, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        Inner.OnResetAsync(connection, transaction, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnVerifyAsync(SmtpConnection connection, string argument, CancellationToken cancellationToken) =>
        Inner.OnVerifyAsync(connection, argument, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnUnknownCommandAsync(SmtpConnection connection, string verb, string argument, CancellationToken cancellationToken) =>
        Inner.OnUnknownCommandAsync(connection, verb, argument, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason) => Inner.OnDisconnectedAsync(connection, reason);
}
