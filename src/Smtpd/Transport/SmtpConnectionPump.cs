using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Smtpd.Commands;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>Carries out one connection: feeds the protocol machine what arrives, asks the handler what the machine asks, writes what comes of it.</summary>
internal sealed class SmtpConnectionPump : IThreadPoolWorkItem
{
    // Measured: larger buffers for commands buy nothing and cost memory while idle; content in bulk wants fewer, larger reads.
    private const int CommandBuffer = 1024;
    private const int ContentBuffer = 64 * 1024;

    // Replies beyond this leave before more commands are run, or a peer that pipelines without reading would pin memory.
    private const int FlushAt = 16 * 1024;

    // What a peer may still send after it was told to go away.
    private const int LingerOctets = 1024 * 1024;

    private static readonly PipeOptions BodyPipe = new(
        pauseWriterThreshold: MessageBody.BufferedOctets, resumeWriterThreshold: MessageBody.BufferedOctets / 2,
        readerScheduler: PipeScheduler.ThreadPool, writerScheduler: PipeScheduler.ThreadPool, useSynchronizationContext: false);

    private readonly ServerContext context;
    private readonly TransportConnection transport;
    private readonly SmtpConnection connection;
    private readonly SmtpSession session;
    private readonly Deadlines deadlines;
    private readonly ReplyBuffer output = new();
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Stopping comes from other threads: `stopGate` guards that the sources are not used after their end.
    private readonly Lock stopGate = new();
    private readonly CancellationTokenSource readStop = new();
    private readonly CancellationTokenSource aborted = new();
    private SmtpDisconnectReason? stopReason;
    private bool isOver;
    private volatile bool isStopping;
    private volatile bool isIdle;

    private SmtpHandler handler = new();
    private byte[] buffer = [];
    private bool lastReadFilled;
    private MailTransaction? transaction;

    // The content of the current message; `message` is the handler at work on it while content still arrives.
    private Pipe? pipe;
    private MessageBody? body;
    private Task<SmtpReply>? message;
    private bool isBodyUnwanted;
    private long unpushed;

    public SmtpConnectionPump(ServerContext context, TransportConnection transport)
    {
        this.context = context;
        this.transport = transport;
        session = new SmtpSession(context.Session);
        connection = new SmtpConnection(
            ServerContext.NextConnectionId(), context.Session.ServerName, transport.LocalEndPoint, transport.RemoteEndPoint, context.Options.TimeProvider);
        deadlines = new Deadlines(context.Timeouts, context.Heartbeat.Now);
        context.Heartbeat.Add(this);
    }

    /// <summary>Ends when the connection has.</summary>
    public Task Completion => completion.Task;

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Serves the connection to its end. Never throws.</summary>
    public async Task RunAsync()
    {
        Log.Connected(context.Logger, connection.Id, connection.RemoteEndPoint);
        var reason = SmtpDisconnectReason.Aborted;
        try
        {
            reason = await ServeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            reason = stopReason ?? SmtpDisconnectReason.PeerClosed;
        }
        catch (Exception exception)
        {
            Log.ConnectionFailed(context.Logger, exception, connection.Id);
        }

        await EndAsync(reason).ConfigureAwait(false);
    }

    /// <summary>Looks at the deadlines. Called by the heartbeat.</summary>
    public void Tick(long now)
    {
        var passed = deadlines.Check(now);
        if (passed == Deadlines.Passed.None)
            return;
        Log.DeadlinePassed(context.Logger, connection.Id, passed.ToString());
        if (passed == Deadlines.Passed.Write)
            Abort(SmtpDisconnectReason.TimedOut);
        else
            StopReading(SmtpDisconnectReason.TimedOut);
    }

    /// <summary>Ends the connection at the next moment when no transaction is under way.</summary>
    public void Stop()
    {
        isStopping = true;
        Interlocked.MemoryBarrier();
        if (isIdle)
            StopReading(SmtpDisconnectReason.ServerStopping);
    }

    /// <summary>Ends the connection now, whatever it does.</summary>
    public void Abort(SmtpDisconnectReason reason = SmtpDisconnectReason.Aborted)
    {
        lock (stopGate)
        {
            if (isOver)
                return;
            stopReason = reason;
            _ = readStop.CancelAsync();
            _ = aborted.CancelAsync();
        }
    }

    private void StopReading(SmtpDisconnectReason reason)
    {
        lock (stopGate)
        {
            if (isOver || stopReason is not null)
                return;
            stopReason = reason;
            _ = readStop.CancelAsync();
        }
    }

    // -- The dialogue --------------------------------------------------------------------------------------------------

    private async Task<SmtpDisconnectReason> ServeAsync()
    {
        session.Greet(await ConnectAsync().ConfigureAwait(false), output);
        ReadOnlyMemory<byte> arrived = default;
        ReadOnlyMemory<byte> input = default;
        while (true)
        {
            switch (session.Advance(ref input, output))
            {
                case SmtpStep.NeedInput:
                    if (output.Length >= FlushAt)
                        await FlushAsync().ConfigureAwait(false);
                    if (arrived.IsEmpty)
                    {
                        arrived = await FlushAndReadAsync().ConfigureAwait(false);
                        if (arrived.IsEmpty)
                            return await EndOfInputAsync().ConfigureAwait(false);
                    }

                    input = TakeInput(ref arrived);
                    break;
                case SmtpStep.Decide:
                    session.Answer(await DecideAsync(session.Command!).ConfigureAwait(false), output);
                    break;
                case SmtpStep.Content:
                    await AddContentAsync(session.Content).ConfigureAwait(false);
                    break;
                case SmtpStep.ContentRefused:
                    RefuseContent();
                    break;
                case SmtpStep.ContentEnd:
                    session.Answer(await EndContentAsync().ConfigureAwait(false), output);
                    break;
                default:
                    return await CloseAsync().ConfigureAwait(false);
            }
        }
    }

    // Commands are fed in small pieces, so that the replies to what arrived at once stay bounded too.
    private ReadOnlyMemory<byte> TakeInput(ref ReadOnlyMemory<byte> arrived)
    {
        var length = session.IsReceivingContent ? arrived.Length : Math.Min(arrived.Length, CommandBuffer);
        var taken = arrived[..length];
        arrived = arrived[length..];
        return taken;
    }

    private async ValueTask<SmtpReply> ConnectAsync()
    {
        try
        {
            handler = context.CreateHandler(connection);
            var reply = context.Options.OnNewConnection is { } onNewConnection
                ? await onNewConnection(connection, aborted.Token).ConfigureAwait(false)
                : SmtpReply.Continue;
            return reply.IsContinue ? await handler.OnConnectedAsync(connection, aborted.Token).ConfigureAwait(false) : reply;
        }
        catch (Exception exception)
        {
            var reply = ReplyTo(exception, "connect");
            // RFC 5321 §4.3.2 knows 220, 421 and 554 here, not 451.
            return reply == SmtpReply.LocalError ? ProtocolReplies.CannotServe(context.Session.ServerName) : reply;
        }
    }

    private async ValueTask<SmtpReply> DecideAsync(SmtpCommand command)
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
                    return await handler.OnDataAsync(connection, transaction!, aborted.Token).ConfigureAwait(false);
                case HelloCommand hello:
                    return await HelloAsync(hello).ConfigureAwait(false);
                case RsetCommand:
                    await ResetAsync().ConfigureAwait(false);
                    return SmtpReply.Continue;
                case VrfyCommand vrfy:
                    return await handler.OnVerifyAsync(connection, vrfy.Argument, aborted.Token).ConfigureAwait(false);
                case UnknownCommand unknown:
                    return await handler.OnUnknownCommandAsync(connection, unknown.Verb, unknown.Argument, aborted.Token).ConfigureAwait(false);
                default:
                    throw new InvalidOperationException($"{command.GetType().Name} is nothing to ask a handler.");
            }
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, command.GetType().Name);
        }
    }

    private async ValueTask<SmtpReply> HelloAsync(HelloCommand hello)
    {
        var reply = await handler.OnHelloAsync(connection, hello.ClientName, aborted.Token).ConfigureAwait(false);
        if (reply.IsPositive)
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
        var reply = await handler.OnMailAsync(connection, begun, aborted.Token).ConfigureAwait(false);
        if (reply.IsPositive)
            transaction = begun;
        return reply;
    }

    private async ValueTask<SmtpReply> RecipientAsync(RcptCommand rcpt)
    {
        var recipient = new MailRecipient(rcpt);
        var reply = await handler.OnRecipientAsync(connection, transaction!, recipient, aborted.Token).ConfigureAwait(false);
        if (reply.IsPositive)
            transaction!.Add(recipient);
        return reply;
    }

    /// <summary>Ends a transaction that will have no message, with what came of it by BDAT. Whatever the handler makes of it, it is over.</summary>
    private async ValueTask ResetAsync()
    {
        if (transaction is null)
            return;
        if (message is null)
        {
            await TellResetAsync(aborted.Token).ConfigureAwait(false);
        }
        else
        {
            // The handler at work learns of it by its body.
            await pipe!.Writer.CompleteAsync(new MessageAbortedException(MessageAbortReason.Reset)).ConfigureAwait(false);
            await message.ConfigureAwait(false);
        }

        transaction = null;
        ResetContent();
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

    // -- The content ---------------------------------------------------------------------------------------------------

    private ValueTask AddContentAsync(ReadOnlyMemory<byte> content)
    {
        if (isBodyUnwanted)
            return ValueTask.CompletedTask;
        if (body is null)
        {
            pipe ??= new Pipe(BodyPipe);
            body = new MessageBody(pipe);
        }

        body.Write(content.Span);
        unpushed += content.Length;
        return unpushed >= MessageBody.BufferedOctets ? PushContentAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Hands over what has come, starts the handler if it does not run yet, and waits while it is behind.</summary>
    private async ValueTask PushContentAsync()
    {
        unpushed = 0;
        // Not on this thread: a handler that reads the body synchronously must not keep the content from arriving.
        message ??= Task.Run(ReceiveAsync);
        var result = await pipe!.Writer.FlushAsync(aborted.Token).ConfigureAwait(false);
        isBodyUnwanted = result.IsCompleted;
    }

    private async Task<SmtpReply> ReceiveAsync()
    {
        try
        {
            return await handler.OnMessageAsync(connection, transaction!, body!, aborted.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return ReplyTo(exception, "message");
        }
        finally
        {
            // Unblocks a writer that waits for a reader.
            await pipe!.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void RefuseContent()
    {
        Log.ContentRefused(context.Logger, connection.Id, session.Fault.ToString());
        isBodyUnwanted = true;
        pipe?.Writer.Complete(new MessageAbortedException(session.Fault switch
        {
            ContentFault.TooLarge => MessageAbortReason.TooLarge,
            ContentFault.LineTooLong => MessageAbortReason.LineTooLong,
            _ => MessageAbortReason.BareLineBreak,
        }));
    }

    private async ValueTask<SmtpReply> EndContentAsync()
    {
        var reply = SmtpReply.Continue;
        if (session.Fault == ContentFault.None)
        {
            pipe ??= new Pipe(BodyPipe);
            body ??= new MessageBody(pipe);
            await pipe.Writer.CompleteAsync().ConfigureAwait(false);
            reply = await (message ?? ReceiveAsync()).ConfigureAwait(false);
            transaction = null;
        }
        else
        {
            await ResetAsync().ConfigureAwait(false);
        }

        ResetContent();
        deadlines.ContentEnded();
        connection.MessageCount++;
        return reply;
    }

    private void ResetContent()
    {
        if (pipe is not null)
        {
            pipe.Writer.Complete();
            pipe.Reader.Complete();
            pipe.Reset();
        }

        body = null;
        message = null;
        isBodyUnwanted = false;
        unpushed = 0;
    }

    // -- Reading and writing -------------------------------------------------------------------------------------------

    /// <summary>Sends the replies and waits for input. Nothing means the end of input, for a reason that <see cref="EndOfInputAsync"/> finds out.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> FlushAndReadAsync()
    {
        // A full buffer was most likely not all: what is there already belongs to the group that is answered in one write.
        var readsFirst = lastReadFilled;
        if (!readsFirst)
            await FlushAsync().ConfigureAwait(false);

        var isContent = session.IsReceivingContent;
        EnsureBuffer(isContent);
        if (isContent)
            deadlines.AwaitContent(context.Heartbeat.Now);
        else
            deadlines.AwaitCommand(context.Heartbeat.Now, session.LinesTaken);

        isIdle = !session.HasTransaction;
        Interlocked.MemoryBarrier();
        if (isStopping && isIdle)
            StopReading(SmtpDisconnectReason.ServerStopping);
        try
        {
            var read = transport.Stream.ReadAsync(buffer, readStop.Token);
            if (readsFirst && !read.IsCompleted)
                await FlushWhileReadingAsync().ConfigureAwait(false);
            var length = await read.ConfigureAwait(false);
            lastReadFilled = length == buffer.Length;
            if (isContent)
                deadlines.ContentTaken(context.Heartbeat.Now, length);
            return buffer.AsMemory(0, length);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            return default;
        }
        finally
        {
            isIdle = false;
            deadlines.StopReading();
        }
    }

    /// <summary>Sends replies while a read is under way; when that fails the buffer is the read's for good.</summary>
    private async ValueTask FlushWhileReadingAsync()
    {
        var readBuffer = buffer;
        buffer = [];
        await FlushAsync().ConfigureAwait(false);
        buffer = readBuffer;
    }

    private void EnsureBuffer(bool isContent)
    {
        var size = isContent ? ContentBuffer : CommandBuffer;
        if (buffer.Length == size)
            return;
        ReturnBuffer();
        buffer = ArrayPool<byte>.Shared.Rent(size);
    }

    private void ReturnBuffer()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask FlushAsync()
    {
        if (output.Length == 0)
            return;
        deadlines.AwaitWrite(context.Heartbeat.Now);
        await transport.Stream.WriteAsync(output.Written, aborted.Token).ConfigureAwait(false);
        deadlines.StopWriting();
        output.Clear();
    }

    // -- The end -------------------------------------------------------------------------------------------------------

    private async ValueTask<SmtpDisconnectReason> EndOfInputAsync()
    {
        var reason = stopReason ?? SmtpDisconnectReason.PeerClosed;
        if (aborted.IsCancellationRequested)
            return reason;
        if (reason != SmtpDisconnectReason.PeerClosed)
        {
            session.Close(
                reason == SmtpDisconnectReason.TimedOut
                    ? ProtocolReplies.TimedOut(context.Session.ServerName)
                    : ProtocolReplies.ShuttingDown(context.Session.ServerName),
                output);
        }

        // A peer that has ended its side may still read.
        await FlushAsync().ConfigureAwait(false);
        return reason;
    }

    private async ValueTask<SmtpDisconnectReason> CloseAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        if (session.HasQuit)
            return SmtpDisconnectReason.Quit;
        await LingerAsync().ConfigureAwait(false);
        return SmtpDisconnectReason.Refused;
    }

    /// <summary>Reads what the peer still sends: closing on it would reset the connection and could take the reply away from the peer.</summary>
    private async ValueTask LingerAsync()
    {
        try
        {
            transport.EndSending();
            EnsureBuffer(isContent: true);
            deadlines.AwaitEnd(context.Heartbeat.Now);
            for (var read = 0; read < LingerOctets;)
            {
                var length = await transport.Stream.ReadAsync(buffer, readStop.Token).ConfigureAwait(false);
                if (length == 0)
                    return;
                read += length;
            }
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // The peer is gone, or took too long to go: both are the end.
        }
    }

    private async Task EndAsync(SmtpDisconnectReason reason)
    {
        lock (stopGate)
            isOver = true;
        deadlines.StopReading();
        deadlines.StopWriting();
        await EndTransactionAsync().ConfigureAwait(false);
        try
        {
            await handler.OnDisconnectedAsync(connection, reason).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.HandlerFailed(context.Logger, exception, connection.Id, "disconnect");
        }

        try
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // Nobody is there to be told.
        }

        Log.Disconnected(context.Logger, connection.Id, reason, connection.MessageCount);
        context.Heartbeat.Remove(this);
        context.Gate.Leave(transport.RemoteEndPoint);
        output.Dispose();
        ReturnBuffer();
        readStop.Dispose();
        aborted.Dispose();
        completion.SetResult();
    }

    private async ValueTask EndTransactionAsync()
    {
        if (message is null)
        {
            await TellResetAsync(CancellationToken.None).ConfigureAwait(false);
            return;
        }

        // The handler at work learns of the loss by its body and by its token.
        await pipe!.Writer.CompleteAsync(new MessageAbortedException(MessageAbortReason.ConnectionLost)).ConfigureAwait(false);
        await aborted.CancelAsync().ConfigureAwait(false);
        await message.ConfigureAwait(false);
    }

    private static bool IsLoss(Exception exception) =>
        exception is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;
}
