namespace Smtpd;

/// <summary>A server that is one function: takes mail for anybody and hands it to <see cref="SmtpServerOptions.OnMessage"/>. Nothing is sent on.</summary>
internal sealed class MessageHandler(Func<ReceivedMail, CancellationToken, ValueTask<DataResult>> onMessage) : SmtpHandler
{
    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    public override ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken) =>
        onMessage(new ReceivedMail(connection, transaction, body), cancellationToken);
}
