using System.Buffers;
using Microsoft.Extensions.Logging;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>Carries out one connection: feeds the protocol machine what arrives, asks the handler what the machine asks, writes what comes of it.</summary>
internal sealed class SmtpConnectionPump : IThreadPoolWorkItem
{
    // Measured: larger buffers for commands buy nothing and cost memory while idle; content in bulk wants fewer, larger reads.
    private const int CommandBuffer = 1024;
    private const int ContentBuffer = 8 * 1024;
    private const int BulkBuffer = 64 * 1024;

    // A read of this much or more promises more: content in bulk, for which a large buffer pays.
    private const int BulkRead = 4 * 1024;

    // Replies beyond this leave before more commands are run, or a peer that pipelines without reading would pin memory.
    private const int FlushAt = 16 * 1024;

    // What a peer may still send after it was told to go away.
    private const int LingerOctets = 1024 * 1024;

    private readonly ServerContext context;
    private readonly TransportConnection transport;
    private readonly SmtpConnection connection;
    private readonly HandlerDialogue handler;
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

    private byte[] buffer = [];
    private int lastRead;

    public SmtpConnectionPump(ServerContext context, TransportConnection transport)
    {
        this.context = context;
        this.transport = transport;
        session = new SmtpSession(context.Session);
        connection = new SmtpConnection(
            ServerContext.NextConnectionId(), context.Session.ServerName, transport.LocalEndPoint, transport.RemoteEndPoint, context.Options.TimeProvider);
        handler = new HandlerDialogue(context, connection, aborted.Token);
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
        session.Greet(await handler.ConnectAsync().ConfigureAwait(false), output);
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
                    session.Answer(await handler.DecideAsync(session.Command!).ConfigureAwait(false), output);
                    break;
                case SmtpStep.Content:
                    await handler.AddContentAsync(session.Content).ConfigureAwait(false);
                    break;
                case SmtpStep.ContentRefused:
                    handler.RefuseContent(session.Fault);
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

    private async ValueTask<SmtpReply> EndContentAsync()
    {
        var reply = await handler.EndContentAsync(isWhole: session.Fault == ContentFault.None).ConfigureAwait(false);
        deadlines.ContentEnded();
        connection.MessageCount++;
        return reply;
    }

    // -- Reading and writing -------------------------------------------------------------------------------------------

    /// <summary>Sends the replies and waits for input. Nothing means the end of input, for a reason that <see cref="EndOfInputAsync"/> finds out.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> FlushAndReadAsync()
    {
        // A full buffer was most likely not all: what is there already belongs to the group that is answered in one write.
        var readsFirst = buffer.Length > 0 && lastRead == buffer.Length;
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
            lastRead = length;
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
        var size = !isContent ? CommandBuffer : lastRead >= BulkRead ? BulkBuffer : ContentBuffer;
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
        await handler.EndAsync(reason, aborted.CancelAsync).ConfigureAwait(false);
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

    private static bool IsLoss(Exception exception) =>
        exception is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;
}
