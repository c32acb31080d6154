using System.Buffers;
using System.Net;

namespace Smtpd.Tests.Dialogues;

/// <summary>A handler that accepts everything but what the rules of a transcript say, and records what it saw.</summary>
internal sealed class ScriptedHandler(Rules rules, Recording recording, BodyView view, bool later, int? mailboxId, SmtpExtensions honoured = SmtpExtensions.None) : SmtpHandler
{
    private bool hasContent;

    public override SmtpExtensions HonouredExtensions => honoured;

    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        connection.MailboxId ??= mailboxId;
        return Decide("connected", (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? string.Empty);
    }

    public override ValueTask<SmtpReply> OnHelloAsync(SmtpConnection connection, string clientName, CancellationToken cancellationToken) => Decide("hello");

    public override ValueTask<SmtpReply> OnTlsEstablishedAsync(SmtpConnection connection, CancellationToken cancellationToken) => Decide("tls");

    public override async ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken)
    {
        var reply = await Decide("authenticated", identity.User);
        return reply.IsContinue ? await base.OnAuthenticatedAsync(connection, identity, cancellationToken) : reply;
    }

    public override async ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        var reply = await Decide("mail", transaction.Sender.Email);
        if (reply.IsCompletion && recording.OpenTransactions++ != 0)
            recording.BrokenLaws.Add("A transaction began before the last one ended.");
        hasContent = false;
        return reply;
    }

    public override ValueTask<SmtpReply> OnRecipientAsync(SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        Decide("recipient", recipient.Address.Email);

    public override async ValueTask<SmtpReply> OnDataAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        var reply = await Decide("data");
        hasContent = reply.IsPositive;
        return reply;
    }

    public override async ValueTask<DataResult> OnMessageAsync(SmtpConnection connection, MailTransaction transaction, MessageBody body, CancellationToken cancellationToken)
    {
        recording.OpenTransactions--;
        if (later)
            await Task.Yield();
        var rule = rules.Find("message");
        var message = new RecordedMessage(Recording.Print(connection, transaction)) { IsDropped = rule is not null and not { Action: RuleAction.Reply } };
        if (rule?.Action is RuleAction.Skip or RuleAction.Throw)
        {
            recording.Messages.Add(message);
            return Rules.Apply(rule);
        }

        try
        {
            message.Content = await ReadAsync(body, cancellationToken);
            if (body.BytesReceived != message.Content.Length)
                recording.BrokenLaws.Add($"BytesReceived is {body.BytesReceived}, but {message.Content.Length} octets were read.");
        }
        catch (MessageAbortedException aborted)
        {
            message.Aborted = aborted.Reason.ToString();
            recording.Messages.Add(message);
            throw;
        }

        recording.Messages.Add(message);
        if (rule is not null)
            return Rules.Apply(rule);
        return rules.Has("result")
            ? DataResult.PerRecipient(recipient => rules.Apply("result", recipient.Address.Email))
            : SmtpReply.Continue;
    }

    public override async ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
    {
        recording.OpenTransactions--;
        if (hasContent)
            recording.Messages.Add(new RecordedMessage(Recording.Print(connection, transaction)) { IsReset = true });
        await Decide("reset");
    }

    public override ValueTask<SmtpReply> OnVerifyAsync(SmtpConnection connection, string argument, CancellationToken cancellationToken) =>
        rules.Find("verify") is null ? base.OnVerifyAsync(connection, argument, cancellationToken) : Decide("verify");

    public override ValueTask<SmtpReply> OnUnknownCommandAsync(SmtpConnection connection, string verb, string argument, CancellationToken cancellationToken) =>
        rules.Find("unknown", verb) is null ? base.OnUnknownCommandAsync(connection, verb, argument, cancellationToken) : Decide("unknown", verb);

    public override ValueTask OnDisconnectedAsync(SmtpConnection connection, SmtpDisconnectReason reason)
    {
        if (recording.Disconnected is not null)
            recording.BrokenLaws.Add("OnDisconnectedAsync was called twice.");
        recording.Disconnected = reason;
        return ValueTask.CompletedTask;
    }

    private async ValueTask<SmtpReply> Decide(string hook, string argument = "")
    {
        if (later)
            await Task.Yield();
        return rules.Apply(hook, argument);
    }

    private async Task<byte[]> ReadAsync(MessageBody body, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        switch (view)
        {
            case BodyView.Reader:
                while (true)
                {
                    var result = await body.Reader.ReadAsync(cancellationToken);
                    content.Write(result.Buffer.ToArray());
                    body.Reader.AdvanceTo(result.Buffer.End);
                    if (result.IsCompleted)
                        break;
                }

                break;
            case BodyView.Stream:
                await body.AsStream().CopyToAsync(content, cancellationToken);
                break;
            case BodyView.Pieces:
                await foreach (var piece in body.ReadAllAsync(cancellationToken))
                    content.Write(piece.Span);
                break;
            default:
                await body.CopyToAsync(content, cancellationToken);
                break;
        }

        return content.ToArray();
    }
}
