namespace Smtpd;

/// <summary>One message as the seed has it: told piece by piece what arrives, in this order:
/// <c>AddSender</c>, <c>AddRecipient</c> for each recipient, <c>AddMailboxId</c> for each mailbox known, <c>BeginData</c>, <c>Write</c> for each piece, <c>Close</c>.</summary>
/// <remarks>
/// Throw a <see cref="SmtpReplyException"/> to refuse with a reply; any other exception is answered 451 4.3.0. An envelope whose message does
/// not come to its end is disposed without <see cref="CloseAsync"/>; every envelope is disposed in the end.
/// </remarks>
public interface IEnvelope : IAsyncDisposable
{
    /// <summary>MAIL: the sender.</summary>
    ValueTask AddSenderAsync(MailAddress sender, CancellationToken cancellationToken);

    /// <summary>RCPT: one recipient.</summary>
    ValueTask AddRecipientAsync(MailAddress recipient, CancellationToken cancellationToken);

    /// <summary>DATA: a mailbox the message goes to.</summary>
    ValueTask AddMailboxIdAsync(int mailboxId, CancellationToken cancellationToken);

    /// <summary>DATA: before the client is told to send content.</summary>
    ValueTask BeginDataAsync(CancellationToken cancellationToken);

    /// <summary>A piece of content; good for the length of the call.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>The message is whole. When this returns, the client is told that the message is kept.</summary>
    ValueTask CloseAsync(CancellationToken cancellationToken);
}
