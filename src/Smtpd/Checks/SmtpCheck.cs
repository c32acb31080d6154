namespace Smtpd;

/// <summary>One rule that looks at what arrives before the handler does: a list of addresses, a rate, a greylist. One object serves all connections.</summary>
/// <remarks>
/// Each method answers <see cref="SmtpReply.Continue"/> to leave the decision to the next check and at last to the handler; any other reply is
/// final. Exceptions are treated as those of a handler are: 451 4.3.0. What a check remembers of a connection it keeps by <see cref="SmtpConnection.Id"/>,
/// and forgets in <see cref="OnDisconnected"/>.
/// </remarks>
public abstract class SmtpCheck
{
    /// <summary>A client has connected, or a proxy has told of it.</summary>
    public virtual ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>EHLO, HELO or LHLO.</summary>
    public virtual ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>MAIL.</summary>
    public virtual ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>RCPT.</summary>
    public virtual ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>DATA or the first BDAT.</summary>
    public virtual ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => new(SmtpReply.Continue);

    /// <summary>The connection has ended.</summary>
    public virtual void OnDisconnected(SmtpConnection connection)
    {
    }
}
