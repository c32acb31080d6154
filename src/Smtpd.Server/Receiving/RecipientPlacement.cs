using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>Says for each recipient which mailbox it is for and what that mailbox says about it. For all connections.</summary>
internal sealed class RecipientPlacement(RecipientDirectory directory, MailboxRates rates, NewcomerMailboxes newcomers, int? catchAll)
{
    public static readonly SmtpReply NoSuchMailbox = SmtpReply.MailboxUnavailable();

    // RFC 3463 3.3: X.2.3, a limit of this mailbox; the server's own answers X.3.4.
    public static readonly SmtpReply TooLarge = new(552, new EnhancedStatus(5, 2, 3), "Message too large for this mailbox");

    private static readonly SmtpReply Closed = new(550, new EnhancedStatus(5, 2, 1), "Mailbox takes no mail");

    /// <summary>The mailbox, and what it answers to RCPT when that is a refusal. Without a mailbox it is always one.</summary>
    public async ValueTask<(int? MailboxId, SmtpReply Refusal)> PlaceAsync(
        SmtpConnection connection, MailTransaction transaction, MailAddress address, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, address, cancellationToken) is not int mailboxId
            || await directory.FindMailboxAsync(mailboxId, cancellationToken) is not MailboxSettings settings)
        {
            return (null, NoSuchMailbox);
        }

        if (!settings.TakesMail(connection.TimeProvider.GetUtcNow()))
            return (mailboxId, Closed);
        return (mailboxId, transaction.Size > settings.Limits.MessageBytes ? TooLarge : SmtpReply.Continue);
    }

    /// <summary>Counts a message for the mailbox's rate.</summary>
    /// <returns>The refusal when it is one too many, else <c>null</c>.</returns>
    public async ValueTask<SmtpReply?> TakeRateAsync(int mailboxId, CancellationToken cancellationToken) =>
        await rates.TakeAsync(mailboxId, (await directory.FindMailboxAsync(mailboxId, cancellationToken))?.Limits.Rate, cancellationToken);

    public async ValueTask<bool> IsTooLargeAsync(int mailboxId, long length, CancellationToken cancellationToken) =>
        length > (await directory.FindMailboxAsync(mailboxId, cancellationToken))?.Limits.MessageBytes;

    // An address of a mailbox leads there whoever sends; what nobody has asked for belongs to the one who sends, or to the catch-all.
    private async ValueTask<int?> FindAsync(SmtpConnection connection, MailAddress address, CancellationToken cancellationToken)
    {
        var rule = await directory.FindAsync(address, cancellationToken);
        if (rule is { Kind: not AddressRuleKind.CatchAll })
            return rule.MailboxId;
        return connection.MailboxId ?? await newcomers.ForAddressAsync(address, cancellationToken) ?? rule?.MailboxId ?? catchAll;
    }
}
