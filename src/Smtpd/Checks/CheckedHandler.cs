namespace Smtpd.Checks;

/// <summary>Asks the checks, in their order, before the handler.</summary>
internal sealed class CheckedHandler(IReadOnlyList<SmtpCheck> checks, SmtpHandler handler) : SmtpHandler
{
    public override SmtpExtensions HonouredExtensions => handler.HonouredExtensions;

    public override IReadOnlyList<SaslMechanism> GetMechanisms(SmtpConnection connection, IReadOnlyList<SaslMechanism> mechanisms) =>
        handler.GetMechanisms(connection, mechanisms);

    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) => AskAsync(
        check => check.OnConnectedAsync(connection, cancellationToken), () => handler.OnConnectedAsync(connection, cancellationToken));

    public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken) =>
        handler.OnTlsEstablishedAsync(connection, cancellationToken);

    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) => AskAsync(
        check => check.OnHelloAsync(connection, clientName, cancellationToken), () => handler.OnHelloAsync(connection, clientName, cancellationToken));

    public override ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken) =>
        handler.OnAuthenticatedAsync(connection, identity, cancellationToken);

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => AskAsync(
        check => check.OnMailAsync(connection, transaction, cancellationToken), () => handler.OnMailAsync(connection, transaction, cancellationToken));

    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => AskAsync(
        check => check.OnRecipientAsync(connection, transaction, recipient, cancellationToken),
        () => handler.OnRecipientAsync(connection, transaction, recipient, cancellationToken));

    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => AskAsync(
        check => check.OnDataAsync(connection, transaction, cancellationToken), () => handler.OnDataAsync(connection, transaction, cancellationToken));

    public override ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
        handler.OnMessageAsync(connection, transaction, body, cancellationToken);

    public override ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        handler.OnResetAsync(connection, transaction, cancellationToken);

    public override ValueTask<SmtpReply> OnVerifyAsync(SmtpConnection connection, string argument, CancellationToken cancellationToken) =>
        handler.OnVerifyAsync(connection, argument, cancellationToken);

    public override ValueTask<SmtpReply> OnUnknownCommandAsync(SmtpConnection connection, string verb, string argument, CancellationToken cancellationToken) =>
        handler.OnUnknownCommandAsync(connection, verb, argument, cancellationToken);

    public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        foreach (var check in checks)
            check.OnDisconnected(connection);
        return handler.OnDisconnectedAsync(connection, reason);
    }

    private async ValueTask<SmtpReply> AskAsync(Func<SmtpCheck, ValueTask<SmtpReply>> ask, Func<ValueTask<SmtpReply>> askHandler)
    {
        foreach (var check in checks)
        {
            var reply = await ask(check).ConfigureAwait(false);
            if (!reply.IsContinue)
                return reply;
        }

        return await askHandler().ConfigureAwait(false);
    }
}
