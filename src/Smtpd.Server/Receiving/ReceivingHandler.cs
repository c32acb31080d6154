using System.IO.Pipelines;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Receiving;

/// <summary>Takes mail into the store. 250 is said when the message is on stable storage, not before.</summary>
internal sealed class ReceivingHandler(IMessageStore store, RecipientPlacement placement, SessionLog sessions, ReceivingRules rules, ILogger logger) : SmtpHandler
{
    private static readonly SmtpReply Loop = new(554, new EnhancedStatus(5, 4, 6), "Too many Received fields: the message seems to go in circles");

    // Where each recipient of the transaction leads, decided once, at RCPT.
    private readonly Dictionary<MailRecipient, int> mailboxes = [];

    // Mailboxes that have said no after they had accepted a recipient, and what to tell.
    private readonly Dictionary<int, SmtpReply> refusals = [];

    private readonly SessionNotes notes = new();

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        mailboxes.Clear();
        refusals.Clear();
        notes.Begin();
        return new(Refusal(transaction));
    }

    public override async ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        (var mailboxId, var refusal) = await placement.PlaceAsync(connection, transaction, recipient.Address, cancellationToken);
        if (mailboxId is not int id)
            return refusal;
        notes.Touch(id);
        if (!refusal.IsContinue)
        {
            notes.TurnAway(id, recipient.Address.Email);
            return refusal;
        }

        mailboxes[recipient] = id;
        return SmtpReply.Continue;
    }

    // Asked again: minutes may lie between MAIL and DATA, and here the client has not sent the message yet.
    public override async ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        if (Refusal(transaction) is { IsContinue: false } noRoom)
            return noRoom;
        foreach (var each in mailboxes.Values.Distinct())
        {
            if (await placement.TakeRateAsync(each, cancellationToken) is SmtpReply refusal)
                refusals[each] = refusal;
        }

        return EveryoneRefuses(transaction) ?? SmtpReply.Continue;
    }

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

            await RefuseTooLargeAsync(content.Length, cancellationToken);
            return EveryoneRefuses(transaction) is SmtpReply refusal
                ? refusal
                : await KeepAsync(NewMessage(id, connection, transaction, content), content, connection, transaction, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            // Whatever is left of the content, the library reads and drops before it gives our answer.
            ServerLog.ContentFailed(logger, e, id);
            return e.NoRoom ? SmtpReply.InsufficientStorage : SmtpReply.LocalError;
        }
    }

    public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        if (connection.Transcript is not null && notes.End(connection, reason) is SessionRecord record)
            sessions.Add(record);
        return ValueTask.CompletedTask;
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

    private async ValueTask RefuseTooLargeAsync(long length, CancellationToken cancellationToken)
    {
        foreach (var each in mailboxes.Values.Distinct())
        {
            if (await placement.IsTooLargeAsync(each, length, cancellationToken))
                refusals[each] = RecipientPlacement.TooLarge;
        }
    }

    // Whoever hears one answer for all must send again for the sake of those who refused.
    private SmtpReply? EveryoneRefuses(MailTransaction transaction) =>
        refusals.Count > 0 && (!transaction.AnswersEachRecipient || mailboxes.Values.All(refusals.ContainsKey)) ? refusals.Values.MinBy(each => each.Code) : null;

    private async ValueTask<DataResult> KeepAsync(
        NewMessage message, IMessageContent content, SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        var result = await store.StoreAsync(message, content, cancellationToken);
        if (result.Outcome == StoreOutcome.NoMailbox)
        {
            // A mailbox was removed between RCPT and the end of the message. When it is sent again, its address leads elsewhere or is refused alone.
            await RefuseRemovedAsync(cancellationToken);
            if (EveryoneRefuses(transaction) is SmtpReply refusal)
                return mailboxes.Values.All(refusals.ContainsKey) ? refusal : SmtpReply.LocalError;
            message = message with { Deliveries = Deliveries(transaction) };
            result = await store.StoreAsync(message, content, cancellationToken);
        }

        if (result.Outcome != StoreOutcome.Stored)
        {
            ServerLog.NotStored(logger, message.Id, result.Outcome, connection.Id);
            return result.Outcome == StoreOutcome.NoRoom ? SmtpReply.InsufficientStorage : SmtpReply.LocalError;
        }

        ServerLog.Stored(logger, message.Id, content.Length, result.Messages.Count, connection.Id);
        notes.Stored(connection);
        return AnswerTo(message);
    }

    private async ValueTask RefuseRemovedAsync(CancellationToken cancellationToken)
    {
        foreach (var each in mailboxes.Values.Distinct())
        {
            if (await store.FindMailboxAsync(each, cancellationToken) is null)
                refusals[each] = RecipientPlacement.NoSuchMailbox;
        }
    }

    private DataResult AnswerTo(NewMessage message)
    {
        var queued = Queued(message.Id);
        if (refusals.Count == 0)
            return queued;
        var answers = mailboxes.ToDictionary(each => each.Key, each => refusals.GetValueOrDefault(each.Value, queued));
        return DataResult.PerRecipient(answers.GetValueOrDefault);
    }

    private NewMessage NewMessage(MessageId id, SmtpConnection connection, MailTransaction transaction, IMessageContent content)
    {
        // To the millisecond, as the store keeps it: an event and a later look must tell the same time.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(connection.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        MessageEnvelope envelope = new(
            transaction.Sender.Email, transaction.Recipients.Count, connection.HelloName ?? "", SessionNotes.RemoteAddressOf(connection), connection.ServerName,
            TransmissionType.Of(connection, transaction), TransmissionType.TlsOf(connection), connection.Identity?.User);
        var deliveries = Deliveries(transaction);
        return new(id, now, envelope, HeaderBlock.Read(content.Beginning), deliveries)
        {
            // The answer is not given yet, but whoever reads this knows that it was.
            Transcript = connection.Transcript is SmtpTranscript transcript ? notes.OfMessage($"{transcript}S: {Queued(id)}\n", deliveries) : null,
        };
    }

    private List<Delivery> Deliveries(MailTransaction transaction) =>
    [
        .. transaction.Recipients.GroupBy(each => mailboxes[each], each => each.Address.Email).Where(each => !refusals.ContainsKey(each.Key))
            .Select(each => new Delivery(each.Key, [.. each])),
    ];

    private SmtpReply Refusal(MailTransaction transaction) => store.Refusal(transaction.Size) is null ? SmtpReply.Continue : SmtpReply.InsufficientStorage;
}

/// <param name="ReceivedFields">More than this many are a loop.</param>
internal sealed record ReceivingRules(int ReceivedFields);
