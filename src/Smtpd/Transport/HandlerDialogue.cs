using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Smtpd.Commands;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>One connection's talk with its handler: asks it, keeps the transaction in step with its answers, turns its exceptions into replies.</summary>
internal sealed class HandlerDialogue
{
    // Until the handler is made there may be an end already.
    private static readonly SmtpHandler Nobody = new();

    private readonly ServerContext context;
    private readonly EndpointRole role;
    private readonly SmtpConnection connection;
    private readonly CancellationToken aborted;
    private readonly MessageDelivery delivery;
    private readonly SaslDialogue sasl;
    private SmtpHandler handler = Nobody;
    private MailTransaction? transaction;

    // What XCLIENT said of the client's port, until it says the address.
    private int? toldPort;

    // The mailbox of the connection before it had an identity.
    private int? ownMailboxId;
    private TransactionTelemetry telemetry;

    /// <param name="context">The server.</param>
    /// <param name="role">The endpoint.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="aborted">Cancelled when the connection is aborted; what every hook is given.</param>
    public HandlerDialogue(ServerContext context, EndpointRole role, SmtpConnection connection, CancellationToken aborted)
    {
        this.context = context;
        this.role = role;
        Offer = role.Unopened;
        sasl = new SaslDialogue(connection);
        this.connection = connection;
        this.aborted = aborted;
        delivery = new MessageDelivery(ReceiveAsync, context.Memory, aborted);
    }

    /// <summary>What the connection is offered, as of the last word of the handler.</summary>
    public ServiceOffer Offer { get; private set; }

    /// <summary>The mechanism of the last AUTH; null when it was none that is offered.</summary>
    public string? SaslMechanismName => sasl.MechanismName;

    /// <summary>Makes the handler and asks it for the greeting.</summary>
    public async ValueTask<SmtpReply> ConnectAsync()
    {
        try
        {
            handler = context.CreateHandler(connection);
            var reply = connection.Tls is null
                ? SmtpReply.Continue
                : await handler.OnTlsEstablishedAsync(connection, aborted).ConfigureAwait(false);
            return reply.IsCompletion ? await GreetAsync().ConfigureAwait(false) : reply;
        }
        catch (Exception exception)
        {
            return GreetingFor(exception);
        }
    }

    /// <summary>TLS runs: what was said in clear is forgotten, and the handler is asked to go on.</summary>
    public async ValueTask<SmtpReply> TlsEstablishedAsync()
    {
        connection.HelloName = null;
        connection.IsExtended = false;
        connection.Forwarded = null;
        ForgetIdentity();
        try
        {
            Offer = role.OfferTo(connection, handler);
            return await handler.OnTlsEstablishedAsync(connection, aborted).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, "tls");
        }
    }

    /// <summary>Asks the handler about a command, and keeps the transaction in step with its answer.</summary>
    public async ValueTask<SmtpReply> DecideAsync(SmtpCommand command)
    {
        telemetry.Enter();
        try
        {
            switch (command)
            {
                case MailCommand mail:
                    return await MailAsync(mail).ConfigureAwait(false);
                case RcptCommand rcpt:
                    return await RecipientAsync(rcpt).ConfigureAwait(false);
                case DataCommand or BdatCommand:
                    return context.Memory.IsExhausted
                        ? SmtpReply.InsufficientStorage
                        : await handler.OnDataAsync(connection, transaction!, aborted).ConfigureAwait(false);
                case HelloCommand hello:
                    return await HelloAsync(hello).ConfigureAwait(false);
                case RsetCommand:
                    await ResetAsync().ConfigureAwait(false);
                    return SmtpReply.Continue;
                case AuthCommand or SaslResponseCommand:
                    return await AuthenticateAsync(command).ConfigureAwait(false);
                case XClientCommand client:
                    return await ReplaceClientAsync(client).ConfigureAwait(false);
                case XForwardCommand forward:
                    connection.Forwarded = forward.AddTo(connection.Forwarded);
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
            var reply = ReplyTo(exception, command.GetType().Name);
            return reply != SmtpReply.LocalError ? reply : command switch
            {
                // RFC 4954 §6 has a code of its own.
                AuthCommand or SaslResponseCommand => ProtocolReplies.AuthUnavailable,
                XClientCommand => ProtocolReplies.CannotServe(context.Session.ServerName),
                _ => reply,
            };
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
    public async ValueTask<ContentAnswer> EndContentAsync(bool isWhole)
    {
        telemetry.Enter();
        if (!isWhole)
        {
            await ResetAsync(isRefused: true).ConfigureAwait(false);
            return default;
        }

        var result = await delivery.EndAsync().ConfigureAwait(false);
        var answer = AnswerOf(result);
        context.Telemetry.MessageAnswered(telemetry, connection, transaction!, delivery.Octets, answer.Reply, answer.Each);
        EndTransaction();
        return answer;
    }

    /// <summary>The connection is over. A handler at work on a message learns of the loss by its body and by its token.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="abort">Cancels the token.</param>
    public async ValueTask EndAsync(SmtpDisconnectReason reason, Func<Task> abort)
    {
        if (delivery.IsRunning)
        {
            delivery.Refuse(MessageAbortReason.ConnectionLost);
            try
            {
                await abort().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // What handlers have registered with the token runs here.
                Log.HandlerFailed(context.Logger, exception, connection.Id, "abort");
            }

            await delivery.AbortAsync(MessageAbortReason.ConnectionLost).ConfigureAwait(false);
        }
        else
        {
            await TellResetAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (transaction is not null)
            context.Telemetry.TransactionEnded(telemetry, connection, isRefused: false);
        delivery.Clear();
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
            Offer = role.OfferTo(connection, handler);
            await ResetAsync().ConfigureAwait(false);
        }

        return reply;
    }

    private async ValueTask<SmtpReply> MailAsync(MailCommand mail)
    {
        if (context.Memory.IsExhausted)
            return SmtpReply.InsufficientStorage;
        var now = context.Options.TimeProvider.GetUtcNow();
        var begun = new MailTransaction(mail, now) { AnswersEachRecipient = role.IsLmtp || mail.PerRecipientReplies };
        // RFC 4865 §4.
        if (begun.HoldUntil > now + context.Session.Limits.FutureRelease)
            return ProtocolReplies.HeldTooLong;
        var telling = context.Telemetry.BeginTransaction(connection);
        var reply = SmtpReply.LocalError;
        try
        {
            reply = await handler.OnMailAsync(connection, begun, aborted).ConfigureAwait(false);
        }
        catch (SmtpReplyException refusal)
        {
            reply = refusal.Reply;
        }
        finally
        {
            if (reply.IsCompletion)
                BeginTransaction(begun, telling);
            else
                ServerTelemetry.TransactionRefused(telling, reply);
        }

        return reply;
    }

    private void BeginTransaction(MailTransaction begun, TransactionTelemetry telling)
    {
        transaction = begun;
        telemetry = telling;
        context.Telemetry.TransactionAccepted(connection);
    }

    private async ValueTask<SmtpReply> RecipientAsync(RcptCommand rcpt)
    {
        var recipient = new MailRecipient(rcpt);
        var reply = await handler.OnRecipientAsync(connection, transaction!, recipient, aborted).ConfigureAwait(false);
        if (reply.IsCompletion)
            transaction!.Add(recipient);
        return reply;
    }

    private async Task<DataResult> ReceiveAsync(MessageBody body)
    {
        telemetry.Enter();
        try
        {
            return await handler.OnMessageAsync(connection, transaction!, body, aborted).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, "message");
        }
    }

    /// <summary>Ends a transaction that will have no message, with what came of it by BDAT. Whatever the handler makes of it, it is over.</summary>
    private async ValueTask ResetAsync(bool isRefused = false)
    {
        if (transaction is null)
        {
            connection.Forwarded = null;
            return;
        }

        // A handler at work learns of it by its body.
        if (!await delivery.AbortAsync(MessageAbortReason.Reset).ConfigureAwait(false))
            await TellResetAsync(aborted).ConfigureAwait(false);
        context.Telemetry.TransactionEnded(telemetry, connection, isRefused);
        EndTransaction();
    }

    private void EndTransaction()
    {
        transaction = null;
        telemetry = default;
        // Postfix's XFORWARD speaks of one message.
        connection.Forwarded = null;
        delivery.Clear();
    }

    /// <summary>The replies to a message: one, or one for each recipient where the client can hear them.</summary>
    private ContentAnswer AnswerOf(DataResult result)
    {
        if (result.Single is { } single)
            return new ContentAnswer(single, []);
        try
        {
            var each = transaction!.Recipients.Select(result.For).ToArray();
            // One reply for all: who is told to come back later repeats the message for everybody, so this is the first choice where replies
            // differ; who is told 5xx gives it up for everybody; 250 would lose it for those who did not get it.
            var worst = each.MinBy(static reply => reply.IsPositive ? 2 : reply.Code >= 500 ? 1 : 0);
            if (!transaction.AnswersEachRecipient || Array.TrueForAll(each, reply => reply == each[0]))
                return new ContentAnswer(worst, role.IsLmtp ? each : []);
            return new ContentAnswer(Array.Exists(each, static reply => reply.IsPositive) ? SmtpReply.Continue : worst, each);
        }
        catch (Exception exception)
        {
            return new ContentAnswer(ReplyTo(exception, "message"), []);
        }
    }

    // -- Who the client is --------------------------------------------------------------------------------------------

    private async ValueTask<SmtpReply> GreetAsync()
    {
        var reply = context.Options.OnNewConnection is { } onNewConnection
            ? await onNewConnection(connection, aborted).ConfigureAwait(false)
            : SmtpReply.Continue;
        if (reply.IsContinue)
            reply = await handler.OnConnectedAsync(connection, aborted).ConfigureAwait(false);
        Offer = role.OfferTo(connection, handler);
        return reply;
    }

    private SmtpReply GreetingFor(Exception exception)
    {
        var reply = ReplyTo(exception, "connect");
        // RFC 5321 §4.3.2 knows 220, 421 and 554 here, not 451.
        return reply == SmtpReply.LocalError ? ProtocolReplies.CannotServe(context.Session.ServerName) : reply;
    }

    private async ValueTask<SmtpReply> AuthenticateAsync(SmtpCommand command)
    {
        var reply = command is AuthCommand auth
            ? await sasl.BeginAsync(auth, role.MechanismsFor(connection, handler), aborted).ConfigureAwait(false)
            : await sasl.ContinueAsync((SaslResponseCommand)command, aborted).ConfigureAwait(false);
        if (reply.Code != 235)
        {
            if (reply.Code != 334)
                Log.AuthenticationFailed(context.Logger, connection.Id, connection.RemoteEndPoint, reply.Code);
            return reply;
        }

        var identity = sasl.Proved!;
        var own = connection.MailboxId;
        var word = SmtpReply.LocalError;
        try
        {
            word = await handler.OnAuthenticatedAsync(connection, identity, aborted).ConfigureAwait(false);
        }
        finally
        {
            if (!word.IsCompletion)
                connection.MailboxId = own;
        }

        if (!word.IsCompletion)
        {
            Log.AuthenticationFailed(context.Logger, connection.Id, connection.RemoteEndPoint, word.Code);
            // A 334 would make the client answer a challenge that nobody sent.
            return word.IsPositive ? ProtocolReplies.AuthUnavailable : word;
        }

        Identify(identity, own);
        Log.Authenticated(context.Logger, connection.Id, identity.User, identity.Mechanism);
        return word.Code == 235 ? word : reply;
    }

    // XCLIENT begins the connection anew for another client, so whoever looks at connections looks again. What that client sends then passes
    // through the proxy as it is (nginx does so), so it must not be able to say XCLIENT once more.
    private async ValueTask<SmtpReply> ReplaceClientAsync(XClientCommand client)
    {
        if (client.HasAddress || client.HasLogin)
            connection.IsTrustedProxy = false;
        // A proxy may spread the attributes over several commands, ADDR and LOGIN in the last: what a command does not name stays as it was.
        if (client.HasPort)
            toldPort = client.Port;
        if (client.HasAddress)
            connection.RemoteEndPoint = client.Address is { } address ? new IPEndPoint(address, toldPort ?? 0) : null;
        if (client.DestinationAddress is { } destination)
            connection.LocalEndPoint = new IPEndPoint(destination, client.DestinationPort ?? 0);
        if (client.HasName)
            connection.RemoteName = client.Name;
        connection.HelloName = client.Hello;
        connection.Forwarded = null;
        // What the proxy itself has logged in as is not the client's.
        ForgetIdentity();
        if (client.Login is { } login)
            Identify(IdentityOf(login), connection.MailboxId);
        return await GreetAsync().ConfigureAwait(false);
    }

    // A login of digits is the mailbox: what the seed's nginx answered by auth_http.
    private static SmtpIdentity IdentityOf(string login) => new(login)
    {
        Mechanism = "XCLIENT",
        MailboxId = int.TryParse(login, NumberStyles.None, CultureInfo.InvariantCulture, out var mailboxId) ? mailboxId : null,
    };

    // A mailbox that the connection had of its own comes back; one that came with an identity, or that a hook gave it for one, goes with it.
    private void Identify(SmtpIdentity identity, int? own)
    {
        ownMailboxId = own;
        connection.MailboxId = identity.MailboxId ?? connection.MailboxId;
        connection.Identity = identity;
    }

    private void ForgetIdentity()
    {
        if (connection.Identity is null)
            return;
        connection.MailboxId = ownMailboxId;
        connection.Identity = null;
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

/// <summary>The answer to a message.</summary>
/// <param name="Reply">For all recipients.</param>
/// <param name="Each">For each accepted recipient, in their order; empty when they have nothing of their own.</param>
internal readonly record struct ContentAnswer(SmtpReply Reply, SmtpReply[] Each);
