namespace Smtpd.Checks;

/// <summary>Asks the checks, in their order, before the handler.</summary>
internal sealed class CheckedHandler(IReadOnlyList<SmtpCheck> checks, SmtpHandler handler) : DelegatingSmtpHandler(handler)
{
    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) => AskAsync(
        check => check.OnConnectedAsync(connection, cancellationToken), () => Inner.OnConnectedAsync(connection, cancellationToken));

    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) => AskAsync(
        check => check.OnHelloAsync(connection, clientName, cancellationToken), () => Inner.OnHelloAsync(connection, clientName, cancellationToken));

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => AskAsync(
        check => check.OnMailAsync(connection, transaction, cancellationToken), () => Inner.OnMailAsync(connection, transaction, cancellationToken));

    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => AskAsync(
        check => check.OnRecipientAsync(connection, transaction, recipient, cancellationToken),
        () => Inner.OnRecipientAsync(connection, transaction, recipient, cancellationToken));

    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => AskAsync(
        check => check.OnDataAsync(connection, transaction, cancellationToken), () => Inner.OnDataAsync(connection, transaction, cancellationToken));

    public override async ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        try
        {
            End(connection, 0);
        }
        finally
        {
            await Inner.OnDisconnectedAsync(connection, reason).ConfigureAwait(false);
        }
    }

    // All of them, whatever one throws.
    private void End(SmtpConnection connection, int from)
    {
        if (from == checks.Count)
            return;
        try
        {
            checks[from].OnDisconnected(connection);
        }
        finally
        {
            End(connection, from + 1);
        }
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
