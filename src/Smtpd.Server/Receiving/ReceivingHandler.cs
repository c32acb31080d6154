using System.IO.Pipelines;
using System.Net;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Receiving;

/// <summary>Takes mail into the store. 250 is said when the message is on stable storage, not before.</summary>
internal sealed class ReceivingHandler(IMessageStore store, RecipientDirectory directory, ReceivingRules rules, ILogger logger) : SmtpHandler
{
    private static readonly SmtpReply NoSuchMailbox = SmtpReply.MailboxUnavailable();
    private static readonly SmtpReply Loop = new(554, new EnhancedStatus(5, 4, 6), "Too many Received fields: the message seems to go in circles");

    // Where each recipient of the transaction leads, decided once, at RCPT.
    private readonly Dictionary<MailRecipient, int> mailboxes = [];

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        mailboxes.Clear();
        return new(Refusal(transaction));
    }

    // An address of a mailbox leads there whoever sends; what nobody has asked for belongs to the one who sends, or to the catch-all.
    public override async ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        if ((await directory.FindAsync(recipient.Address, cancellationToken) ?? connection.MailboxId ?? rules.CatchAll) is not int mailboxId)
            return NoSuchMailbox;
        mailboxes[recipient] = mailboxId;
        return SmtpReply.Continue;
    }

    // Asked again: minutes may lie between MAIL and DATA, and here the client has not sent the message yet.
    public override ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        new(Refusal(transaction));

    public override async ValueTask<DataResult> OnMessageAsync(
        SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
    {
        var id = store.NextId();
        if (!store.KeepsMessages)
        {
            await ForgetAsync(body.Reader, cancellationToken);
            return Queued(id);
        }

        try
        {
            await using var content = store.CreateContent(id, transaction.Size);
            var receivedFields = await CollectAsync(body.Reader, content, cancellationToken);
            if (receivedFields > rules.ReceivedFields)
            {
                ServerLog.Loop(logger, id, receivedFields, connection.Id);
                return Loop;
            }

            return await KeepAsync(NewMessage(id, connection, transaction, content), content, connection, transaction, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            // Whatever is left of the content, the library reads and drops before it gives our answer.
            ServerLog.ContentFailed(logger, e, id);
            return e.NoRoom ? SmtpReply.InsufficientStorage : SmtpReply.LocalError;
        }
    }

    private static SmtpReply Queued(MessageId id) => SmtpReply.Accepted($"Queued as {id}");

    private static async ValueTask ForgetAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(cancellationToken);
            reader.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }

    // An end that is none throws out of here, and the content is disposed unkept.
    private static async ValueTask<int> CollectAsync(PipeReader reader, IMessageContent content, CancellationToken cancellationToken)
    {
        ReceivedFieldCounter received = new();
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                received.Append(piece.Span);
                content.Append(piece.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
        return received.Count;
    }

    private async ValueTask<DataResult> KeepAsync(
        NewMessage message, IMessageContent content, SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        var result = await store.StoreAsync(message, content, cancellationToken);
        if (result.Outcome == StoreOutcome.NoMailbox)
            (message, result) = await KeepForTheRestAsync(message, content, transaction, cancellationToken);
        if (result.Outcome != StoreOutcome.Stored)
        {
            ServerLog.NotStored(logger, message.Id, result.Outcome, connection.Id);
            return result.Outcome switch
            {
                StoreOutcome.NoRoom => SmtpReply.InsufficientStorage,
                StoreOutcome.NoMailbox when message.Deliveries.Count == 0 => NoSuchMailbox,
                _ => SmtpReply.LocalError,
            };
        }

        ServerLog.Stored(logger, message.Id, content.Length, result.Messages.Count, connection.Id);
        return AnswerTo(message);
    }

    // A mailbox was removed between RCPT and the end of the message. Whoever hears one answer for all must send again for the others' sake.
    private async ValueTask<(NewMessage Message, StoreResult Result)> KeepForTheRestAsync(
        NewMessage message, IMessageContent content, MailTransaction transaction, CancellationToken cancellationToken)
    {
        List<Delivery> rest = [];
        foreach (var each in message.Deliveries)
        {
            if (await store.FindMailboxAsync(each.MailboxId, cancellationToken) is not null)
                rest.Add(each);
        }

        message = message with { Deliveries = rest };
        return rest.Count > 0 && transaction.AnswersEachRecipient
            ? (message, await store.StoreAsync(message, content, cancellationToken))
            : (message, StoreResult.Refused(StoreOutcome.NoMailbox));
    }

    private DataResult AnswerTo(NewMessage message)
    {
        var queued = Queued(message.Id);
        HashSet<int> reached = [.. message.Deliveries.Select(each => each.MailboxId)];
        if (mailboxes.Values.All(reached.Contains))
            return queued;
        Dictionary<MailRecipient, int> asked = new(mailboxes);
        return DataResult.PerRecipient(recipient => asked.TryGetValue(recipient, out var id) && reached.Contains(id) ? queued : NoSuchMailbox);
    }

    private NewMessage NewMessage(MessageId id, SmtpConnection connection, MailTransaction transaction, IMessageContent content)
    {
        // To the millisecond, as the store keeps it: an event and a later look must tell the same time.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(connection.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        MessageEnvelope envelope = new(
            transaction.Sender.Email, transaction.Recipients.Count, connection.HelloName ?? "", RemoteAddress(connection), connection.ServerName,
            TransmissionType.Of(connection, transaction), TransmissionType.TlsOf(connection), connection.Identity?.User);
        return new(id, now, envelope, HeaderBlock.Read(content.Beginning), Deliveries(transaction));
    }

    private List<Delivery> Deliveries(MailTransaction transaction) =>
        [.. transaction.Recipients.GroupBy(each => mailboxes[each], each => each.Address.Email).Select(each => new Delivery(each.Key, [.. each]))];

    private static string? RemoteAddress(SmtpConnection connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: IPAddress address })
            return null;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private SmtpReply Refusal(MailTransaction transaction) => store.Refusal(transaction.Size) is null ? SmtpReply.Continue : SmtpReply.InsufficientStorage;
}

/// <param name="CatchAll">The mailbox for recipients that nothing else places, or <c>null</c>: then they are refused.</param>
/// <param name="ReceivedFields">More than this many are a loop.</param>
internal sealed record ReceivingRules(int? CatchAll, int ReceivedFields);
