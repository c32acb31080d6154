namespace Smtpd.Testing;

/// <summary>A handler with the faults of the test in front of it.</summary>
internal sealed class FaultyHandler(SmtpHandler inner, SmtpTestFaults faults, TestConnection? transport) : DelegatingSmtpHandler(inner)
{
    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Connect, connection, () => Inner.OnConnectedAsync(connection, cancellationToken), cancellationToken);

    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Hello, connection, () => Inner.OnHelloAsync(connection, clientName, cancellationToken), cancellationToken);

    public override ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Authentication, connection, () => Inner.OnAuthenticatedAsync(connection, identity, cancellationToken), cancellationToken);

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Mail, connection, () => Inner.OnMailAsync(connection, transaction, cancellationToken), cancellationToken);

    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        RunAsync(
            SmtpTestStage.Recipient, connection, () => Inner.OnRecipientAsync(connection, transaction, recipient, cancellationToken), cancellationToken,
            recipient.Address.Email);

    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Data, connection, () => Inner.OnDataAsync(connection, transaction, cancellationToken), cancellationToken);

    public override ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
        RunAsync(SmtpTestStage.Message, connection, () => Inner.OnMessageAsync(connection, transaction, body, cancellationToken), DataResult.FromSmtpReply, cancellationToken);

    private ValueTask<SmtpReply> RunAsync(
        SmtpTestStage stage, SmtpConnection connection, Func<ValueTask<SmtpReply>> hook, CancellationToken cancellationToken, string? recipient = null) =>
        RunAsync(stage, connection, hook, static reply => reply, cancellationToken, recipient);

    private async ValueTask<T> RunAsync<T>(
        SmtpTestStage stage, SmtpConnection connection, Func<ValueTask<T>> hook, Func<SmtpReply, T> answer, CancellationToken cancellationToken, string? recipient = null)
    {
        var losesReply = false;
        foreach (var fault in faults.Take(stage, recipient))
        {
            switch (fault.Kind)
            {
                case FaultKind.Delay:
                    await Task.Delay(fault.Delay, connection.TimeProvider, cancellationToken).ConfigureAwait(false);
                    break;
                case FaultKind.LoseReply:
                    losesReply = true;
                    break;
                case FaultKind.Throw:
                    throw fault.Exception!;
                case FaultKind.Cut:
                    transport?.Cut();
                    return answer(SmtpReply.LocalError);
                default:
                    return answer(fault.Reply);
            }
        }

        var result = await hook().ConfigureAwait(false);
        if (losesReply)
            transport?.Cut();
        return result;
    }
}
