using System.IO.Pipelines;
using System.Net;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Receiving;

/// <summary>Takes mail into the store. 250 is said when the message is on stable storage, not before.</summary>
internal sealed class ReceivingHandler(IMessageStore store, MessageFeed feed, ReceivingRules rules, ILogger logger) : SmtpHandler
{
    private static readonly SmtpReply NoSuchMailbox = SmtpReply.MailboxUnavailable();
    private static readonly SmtpReply Loop = new(554, new EnhancedStatus(5, 4, 6), "Too many Received fields: the message seems to go in circles");

    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        new(Refusal(transaction));

    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        new(rules.CatchAll is null ? NoSuchMailbox : SmtpReply.Continue);

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

            return await KeepAsync(NewMessage(id, connection, transaction, content), content, connection, cancellationToken);
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

    private async ValueTask<SmtpReply> KeepAsync(NewMessage message, IMessageContent content, SmtpConnection connection, CancellationToken cancellationToken)
    {
        var result = await store.StoreAsync(message, content, cancellationToken);
        if (result.Outcome != StoreOutcome.Stored)
        {
            ServerLog.NotStored(logger, message.Id, result.Outcome, connection.Id);
            return result.Outcome == StoreOutcome.NoRoom ? SmtpReply.InsufficientStorage : SmtpReply.LocalError;
        }

        ServerLog.Stored(logger, message.Id, content.Length, result.Messages.Count, connection.Id);
        feed.Publish(result.Messages);
        return Queued(message.Id);
    }

    private NewMessage NewMessage(MessageId id, SmtpConnection connection, MailTransaction transaction, IMessageContent content)
    {
        // To the millisecond, as the store keeps it: an event and a later look must tell the same time.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(connection.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        // RFC 3848; RFC 6531 4.3 for a transaction with SMTPUTF8.
        var protocol = transaction.SmtpUtf8 ? "UTF8SMTP" : connection.IsExtended ? "ESMTP" : "SMTP";
        MessageEnvelope envelope = new(
            transaction.Sender.Email, transaction.Recipients.Count, connection.HelloName ?? "", RemoteAddress(connection), connection.ServerName, protocol);
        string[] recipients = [.. transaction.Recipients.Select(each => each.Address.Email)];
        return new(id, now, envelope, HeaderBlock.Read(content.Beginning), [new(rules.CatchAll.GetValueOrDefault(), recipients)]);
    }

    private static string? RemoteAddress(SmtpConnection connection)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: IPAddress address })
            return null;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private SmtpReply Refusal(MailTransaction transaction) => store.Refusal(transaction.Size) is null ? SmtpReply.Continue : SmtpReply.InsufficientStorage;
}

/// <param name="CatchAll">The mailbox for every recipient, or <c>null</c>: then nobody is known.</param>
/// <param name="ReceivedFields">More than this many are a loop.</param>
internal sealed record ReceivingRules(int? CatchAll, int ReceivedFields);
