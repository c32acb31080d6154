using Microsoft.Extensions.Logging;
using Smtpd.Commands;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>One connection's talk with its handler: asks it, keeps the transaction in step with its answers, turns its exceptions into replies.</summary>
internal sealed class HandlerDialogue
{
    private readonly ServerContext context;
    private readonly SmtpConnection connection;
    private readonly CancellationToken aborted;
    private readonly MessageDelivery delivery;
    private SmtpHandler handler = new();
    private MailTransaction? transaction;

    /// <param name="context">The server.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="aborted">Cancelled when the connection is aborted; what every hook is given.</param>
    public HandlerDialogue(ServerContext context, SmtpConnection connection, CancellationToken aborted)
    {
        this.context = context;
        this.connection = connection;
        this.aborted = aborted;
        delivery = new MessageDelivery(ReceiveAsync, aborted);
    }

    /// <summary>Makes the handler and asks it for the greeting.</summary>
    public async ValueTask<SmtpReply> ConnectAsync()
    {
        try
        {
            handler = context.CreateHandler(connection);
            var reply = context.Options.OnNewConnection is { } onNewConnection
                ? await onNewConnection(connection, aborted).ConfigureAwait(false)
                : SmtpReply.Continue;
            return reply.IsContinue ? await handler.OnConnectedAsync(connection, aborted).ConfigureAwait(false) : reply;
        }
        catch (Exception exception)
        {
            var reply = ReplyTo(exception, "connect");
            // RFC 5321 §4.3.2 knows 220, 421 and 554 here, not 451.
            return reply == SmtpReply.LocalError ? ProtocolReplies.CannotServe(context.Session.ServerName) : reply;
        }
    }

    /// <summary>Asks the handler about a command, and keeps the transaction in step with its answer.</summary>
    public async ValueTask<SmtpReply> DecideAsync(SmtpCommand command)
    {
        try
        {
            switch (command)
            {
                case MailCommand mail:
                    return await MailAsync(mail).ConfigureAwait(false);
                case RcptCommand rcpt:
                    return await RecipientAsync(rcpt).ConfigureAwait(false);
                case DataCommand or BdatCommand:
                    return await handler.OnDataAsync(connection, transaction!, aborted).ConfigureAwait(false);
                case HelloCommand hello:
                    return await HelloAsync(hello).ConfigureAwait(false);
                case RsetCommand:
                    await ResetAsync().ConfigureAwait(false);
                    return SmtpReply.Continue;
                case VrfyCommand vrfy:
                    return await handler.OnVerifyAsync(connection, vrfy.Argument, aborted).ConfigureAwait(false);
                case UnknownCommand unknown:
                    return await handler.OnUnknownCommandAsync(connection, unknown.Verb, unknown.Argument, aborted).ConfigureAwait(false);
                default:
                    throw new InvalidOperationException($"{command.GetType().Name} is nothing to ask a handler.");
            }
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, command.GetType().Name);
        }
    }

    /// <summary>Passes content on to the handler; waits while the handler is behind.</summary>
    public ValueTask AddContentAsync(ReadOnlyMemory<byte> content) => delivery.AddAsync(content);

    /// <summary>The message will not be taken: the handler, if it is at work on it, learns so now.</summary>
    public void RefuseContent(ContentFault fault)
    {
        Log.ContentRefused(context.Logger, connection.Id, fault.ToString());
        delivery.Refuse(fault switch
        {
            ContentFault.TooLarge => MessageAbortReason.TooLarge,
            ContentFault.LineTooLong => MessageAbortReason.LineTooLong,
            _ => MessageAbortReason.BareLineBreak,
        });
    }

    /// <summary>The content has ended: the handler's word on the message, if it is whole.</summary>
    public async ValueTask<SmtpReply> EndContentAsync(bool isWhole)
    {
        if (!isWhole)
        {
            await ResetAsync().ConfigureAwait(false);
            return SmtpReply.Continue;
        }

        var reply = await delivery.EndAsync().ConfigureAwait(false);
        transaction = null;
        delivery.Clear();
        return reply;
    }

    /// <summary>The connection is over. A handler at work on a message learns of the loss by its body and by its token.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="abort">Cancels the token.</param>
    public async ValueTask EndAsync(SmtpDisconnectReason reason, Func<Task> abort)
    {
        if (delivery.IsRunning)
        {
            delivery.Refuse(MessageAbortReason.ConnectionLost);
            await abort().ConfigureAwait(false);
            await delivery.AbortAsync(MessageAbortReason.ConnectionLost).ConfigureAwait(false);
        }
        else
        {
            await TellResetAsync(CancellationToken.None).ConfigureAwait(false);
        }

        try
        {
            await handler.OnDisconnectedAsync(connection, reason).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ReplyTo(exception, "disconnect");
        }
    }

    private async ValueTask<SmtpReply> HelloAsync(HelloCommand hello)
    {
        var reply = await handler.OnHelloAsync(connection, hello.ClientName, aborted).ConfigureAwait(false);
        if (reply.IsCompletion)
        {
            connection.HelloName = hello.ClientName;
            connection.IsExtended = hello.IsExtended;
            await ResetAsync().ConfigureAwait(false);
        }

        return reply;
    }

    private async ValueTask<SmtpReply> MailAsync(MailCommand mail)
    {
        var begun = new MailTransaction(mail, context.Options.TimeProvider.GetUtcNow());
        var reply = await handler.OnMailAsync(connection, begun, aborted).ConfigureAwait(false);
        if (reply.IsCompletion)
            transaction = begun;
        return reply;
    }

    private async ValueTask<SmtpReply> RecipientAsync(RcptCommand rcpt)
    {
        var recipient = new MailRecipient(rcpt);
        var reply = await handler.OnRecipientAsync(connection, transaction!, recipient, aborted).ConfigureAwait(false);
        if (reply.IsCompletion)
            transaction!.Add(recipient);
        return reply;
    }

    private async Task<SmtpReply> ReceiveAsync(MessageBody body)
    {
        try
        {
            var result = await handler.OnMessageAsync(connection, transaction!, body, aborted).ConfigureAwait(false);
            return result.Single ?? SmtpReply.LocalError;
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, "message");
        }
    }

    /// <summary>Ends a transaction that will have no message, with what came of it by BDAT. Whatever the handler makes of it, it is over.</summary>
    private async ValueTask ResetAsync()
    {
        if (transaction is null)
            return;
        // A handler at work learns of it by its body.
        if (!await delivery.AbortAsync(MessageAbortReason.Reset).ConfigureAwait(false))
            await TellResetAsync(aborted).ConfigureAwait(false);
        transaction = null;
        delivery.Clear();
    }

    private async ValueTask TellResetAsync(CancellationToken cancellationToken)
    {
        if (transaction is not { } ended)
            return;
        try
        {
            await handler.OnResetAsync(connection, ended, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ReplyTo(exception, "reset");
        }
    }

    /// <summary>The one place where an exception of a handler becomes a reply. The peer never reads its text.</summary>
    private SmtpReply ReplyTo(Exception exception, string stage)
    {
        if (exception is SmtpReplyException refusal)
            return refusal.Reply;
        // A body that is never whole, or a connection that is over: no fault of the handler, and the machine knows the reply.
        if (exception is not MessageAbortedException && !aborted.IsCancellationRequested)
            Log.HandlerFailed(context.Logger, exception, connection.Id, stage);
        return SmtpReply.LocalError;
    }
}
