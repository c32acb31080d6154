namespace Smtpd.Testing;

/// <summary>Takes mail for anybody and keeps it.</summary>
internal sealed class KeepingHandler(MessageBox box, TimeProvider time) : SmtpHandler
{
    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    public override async ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await body.CopyToAsync(buffer, cancellationToken).ConfigureAwait(false);
        var content = buffer.ToArray();
        return box.Add(number => new ReceivedMessage(number, connection, transaction, content, time.GetUtcNow()), content.Length);
    }
}
