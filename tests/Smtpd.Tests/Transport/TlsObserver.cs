namespace Smtpd.Tests.Transport;

/// <summary>Takes everything, and remembers what the handler of a connection learns.</summary>
internal sealed class TlsObserver : SmtpHandler
{
    private readonly TaskCompletionSource<SmtpDisconnectReason> disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SmtpTlsSession? Tls { get; private set; }

    /// <summary>The senders of accepted MAIL commands.</summary>
    public List<string> Senders { get; } = [];

    public Task<SmtpDisconnectReason> Disconnected => disconnected.Task;

    public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        Tls = connection.Tls;
        return new(SmtpReply.Continue);
    }

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        Senders.Add(transaction.Sender.Email);
        return new(SmtpReply.Continue);
    }

    public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        disconnected.TrySetResult(reason);
        return ValueTask.CompletedTask;
    }
}
