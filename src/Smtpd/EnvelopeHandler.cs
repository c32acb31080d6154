using Smtpd.Replies;

namespace Smtpd;

/// <summary>The seed's model on top of <see cref="SmtpHandler"/>: <c>OnNewMail</c> makes an <see cref="IEnvelope"/>, which is told what arrives.</summary>
internal sealed class EnvelopeHandler(SmtpServerOptions options, MailboxRateLimiter rateLimiter) : SmtpHandler
{
    private readonly SmtpServerConfig config = options.Config;
    private readonly List<int> addressMailboxes = [];
    private readonly HashSet<int> toldMailboxes = [];
    private IEnvelope? envelope;
    private long? messageOctets;

    public override async ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        if (options.OnNewMail is not { } onNewMail)
            return SmtpReply.NotConfigured;
        if (config.AuthRequired && connection.MailboxId is null)
            return SmtpReply.AuthenticationRequired;
        envelope = await onNewMail(connection, transaction.Sender, cancellationToken).ConfigureAwait(false);
        try
        {
            await envelope.AddSenderAsync(transaction.Sender, cancellationToken).ConfigureAwait(false);
            return SmtpReply.Continue;
        }
        catch
        {
            await DropEnvelopeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        await envelope!.AddRecipientAsync(recipient.Address, cancellationToken).ConfigureAwait(false);
        if (config.AddressMode.Enabled && IsOurs(recipient.Address)
            && await options.MailboxDirectory!.FindByAddressAsync(recipient.Address, cancellationToken).ConfigureAwait(false) is { } mailboxId)
        {
            addressMailboxes.Add(mailboxId);
        }

        return SmtpReply.Continue;
    }

    public override async ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        IEnumerable<int> known = connection.MailboxId is { } own ? [own, .. addressMailboxes] : addressMailboxes;
        var mailboxIds = known.Distinct().ToArray();
        messageOctets = null;
        foreach (var mailboxId in mailboxIds)
        {
            var limits = options.MailboxDirectory is { } directory
                ? await directory.GetLimitsAsync(mailboxId, cancellationToken).ConfigureAwait(false)
                : default;
            if (transaction.Size > limits.MessageOctets)
                return ProtocolReplies.MessageTooLarge;
            if ((limits.RateLimit ?? config.RateLimit) is { } rate && !rateLimiter.TryCount(mailboxId, rate))
                return SmtpReply.TooManyMessages;
            messageOctets = Math.Min(messageOctets ?? long.MaxValue, limits.MessageOctets ?? long.MaxValue);
        }

        // A client may send DATA again after it was refused; no mailbox is told twice.
        foreach (var mailboxId in mailboxIds.Where(toldMailboxes.Add))
            await envelope!.AddMailboxIdAsync(mailboxId, cancellationToken).ConfigureAwait(false);
        await envelope!.BeginDataAsync(cancellationToken).ConfigureAwait(false);
        return SmtpReply.Continue;
    }

    public override async ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
    {
        try
        {
            long octets = 0;
            await foreach (var piece in body.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                octets += piece.Length;
                if (octets > messageOctets)
                    return ProtocolReplies.MessageTooLarge;
                await envelope!.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }

            await envelope!.CloseAsync(cancellationToken).ConfigureAwait(false);
            return SmtpReply.Continue;
        }
        finally
        {
            await DropEnvelopeAsync().ConfigureAwait(false);
        }
    }

    public override ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) => DropEnvelopeAsync();

    private bool IsOurs(MailAddress address) => config.AddressMode.Domains.Contains(address.AsciiHostname, StringComparer.OrdinalIgnoreCase);

    private async ValueTask DropEnvelopeAsync()
    {
        addressMailboxes.Clear();
        toldMailboxes.Clear();
        if (envelope is { } dropped)
        {
            envelope = null;
            await dropped.DisposeAsync().ConfigureAwait(false);
        }
    }
}
