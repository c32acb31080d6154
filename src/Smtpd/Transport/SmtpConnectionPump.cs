using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;
using Smtpd.Commands;
using Smtpd.Diagnostics;
using Smtpd.Protocol;
using Smtpd.Replies;

namespace Smtpd.Transport;

/// <summary>Carries out one connection: feeds the protocol machine what arrives, asks the handler what the machine asks, writes what comes of it.</summary>
internal sealed partial class SmtpConnectionPump : IThreadPoolWorkItem
{
    // Measured: larger buffers for commands buy nothing and cost memory while idle; content in bulk wants fewer, larger reads.
    private const int CommandBuffer = 1024;
    private const int ContentBuffer = 8 * 1024;
    private const int BulkBuffer = 64 * 1024;

    // A read of this much or more promises more: content in bulk, for which a large buffer pays.
    private const int BulkRead = 4 * 1024;

    // Replies beyond this leave before more commands are run, or a peer that pipelines without reading would pin memory.
    private const int FlushAt = 16 * 1024;

    // A peer that sends without end and takes what is said to it would keep a thread to itself, as nothing that is awaited for it ever has to wait. Where completions
    // run on the thread that polls the sockets, two of them kept everybody else waiting for as long as they liked. So it gives way after so many reads: some milliseconds.
    private const int ReadsInTurn = 16;

    // What a peer may still send after it was told to go away.
    private const int LingerOctets = 1024 * 1024;

    private readonly ServerContext context;
    private readonly EndpointRole role;
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
    private int readsAtOnce;
    private int errorsAnswered;
    private long handlerStarted;

    // The address that the gate counts this connection for.
    private EndPoint? counted;

    /// <param name="context">The server.</param>
    /// <param name="role">The endpoint.</param>
    /// <param name="transport">The connection.</param>
    /// <param name="counted">The address that the gate counted it for.</param>
    public SmtpConnectionPump(ServerContext context, EndpointRole role, TransportConnection transport, EndPoint? counted)
    {
        this.context = context;
        this.role = role;
        this.transport = transport;
        this.counted = counted;
        var transcript = context.Options.TranscriptLength > 0 ? new SmtpTranscript(context.Options.TranscriptLength) : null;
        session = new SmtpSession(context.Session, role.Unopened) { Transcript = transcript };
        connection = new SmtpConnection(
            ServerContext.NextConnectionId(), context.Session.ServerName, transport.LocalEndPoint, transport.RemoteEndPoint, context.Options.TimeProvider)
        {
            IsLmtp = role.IsLmtp,
            Transcript = transcript,
            IsTrustedProxy = context.Options.Proxies.Trusts(transport.RemoteEndPoint),
        };
        handler = new HandlerDialogue(context, role, connection, aborted.Token);
        deadlines = new Deadlines(context.Timeouts, context.Heartbeat.Now);
        context.Heartbeat.Add(this);
    }

    /// <summary>Ends when the connection has.</summary>
    public Task Completion => completion.Task;

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Serves the connection to its end. Never throws.</summary>
    public async Task RunAsync()
    {
        var started = context.Telemetry.Start();
        var reason = SmtpDisconnectReason.Aborted;
        try
        {
            Log.Connected(context.Logger, connection.Id, connection.RemoteEndPoint);
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

        await EndAsync(started, reason).ConfigureAwait(false);
    }

    /// <summary>Looks at the deadlines. Called by the heartbeat.</summary>
    public void Tick(long now)
    {
        var passed = deadlines.Check(now);
        if (passed == Deadlines.Passed.None)
            return;
        Log.DeadlinePassed(context.Logger, connection.Id, passed.ToString());
        if (passed is not (Deadlines.Passed.Write or Deadlines.Passed.Handler))
        {
            StopReading(SmtpDisconnectReason.TimedOut);
            return;
        }

        Abort(SmtpDisconnectReason.TimedOut);
        // A hook that does not heed its token keeps this object waiting, but not the peer. The end of TLS is told without a token.
        if (passed == Deadlines.Passed.Handler)
            transport.Cut();
        else
            transport.CutWriting();
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
        if (await OpenAsync().ConfigureAwait(false) is { } failure)
            return failure;
        BeginHandler();
        var greeting = await handler.ConnectAsync().ConfigureAwait(false);
        EndHandler("connect");
        session.Offer = handler.Offer;
        session.Greet(greeting, output);
        ReadOnlyMemory<byte> arrived = default;
        ReadOnlyMemory<byte> input = default;
        while (true)
        {
            switch (session.Advance(ref input, output))
            {
                case SmtpStep.NeedInput:
                    if (session.Errors != errorsAnswered)
                        await DelayErrorsAsync().ConfigureAwait(false);
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
                    await DecideAsync(session.Command!).ConfigureAwait(false);
                    break;
                case SmtpStep.Content:
                    await AddContentAsync(handler.AddContentAsync(session.Content)).ConfigureAwait(false);
                    break;
                case SmtpStep.ContentRefused:
                    handler.RefuseContent(session.Fault);
                    break;
                case SmtpStep.ContentEnd:
                    await EndContentAsync().ConfigureAwait(false);
                    break;
                case SmtpStep.StartTls:
                    // RFC 3207 §4.2: what came in clear behind STARTTLS may be anybody's.
                    arrived = input = default;
                    await FlushAsync().ConfigureAwait(false);
                    if (await HandshakeAsync().ConfigureAwait(false) is { } failed)
                        return failed;
                    await SecureAsync().ConfigureAwait(false);
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

    private async ValueTask DecideAsync(SmtpCommand command)
    {
        BeginHandler();
        var reply = await handler.DecideAsync(command).ConfigureAwait(false);
        EndHandler(session.Stage);
        if (command is AuthCommand or SaslResponseCommand && reply.Code != 334)
            context.Telemetry.AuthenticationEnded(handler.SaslMechanismName, reply.Code);
        if (command is XClientCommand && !CountFor(connection.RemoteEndPoint))
            reply = ProtocolReplies.TooManyConnections(context.Session.ServerName);
        session.Offer = handler.Offer;
        session.Answer(reply, output);
    }

    private async ValueTask AddContentAsync(ValueTask added)
    {
        if (added.IsCompletedSuccessfully)
            return;
        deadlines.AwaitHandler(context.Heartbeat.Now);
        await added.ConfigureAwait(false);
        deadlines.HandlerAnswered();
    }

    private async ValueTask EndContentAsync()
    {
        BeginHandler();
        var answer = await handler.EndContentAsync(isWhole: session.Fault == ContentFault.None).ConfigureAwait(false);
        EndHandler("message");
        deadlines.ContentEnded();
        connection.MessageCount++;
        session.AnswerContent(answer.Reply, answer.Each, output);
    }

    private void BeginHandler()
    {
        deadlines.AwaitHandler(context.Heartbeat.Now);
        handlerStarted = context.Telemetry.Start();
    }

    private void EndHandler(string stage)
    {
        deadlines.HandlerAnswered();
        context.Telemetry.HandlerAnswered(handlerStarted, stage);
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

        BeginIdle();
        try
        {
            var read = transport.Stream.ReadAsync(buffer, readStop.Token);
            if (!read.IsCompleted)
                readsAtOnce = 0;
            else if (++readsAtOnce % ReadsInTurn == 0)
                await Task.Yield();
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
            EndIdle();
        }
    }

    /// <summary>From here on the peer is waited for: unless a transaction is under way, a server that stops need not wait with it.</summary>
    private void BeginIdle()
    {
        isIdle = !session.HasTransaction;
        Interlocked.MemoryBarrier();
        if (isStopping && isIdle)
            StopReading(SmtpDisconnectReason.ServerStopping);
    }

    private void EndIdle()
    {
        isIdle = false;
        deadlines.StopReading();
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
            ArrayPool<byte>.Shared.Return(buffer, clearArray: session.HasSeenSecrets);
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
        await EndTlsAsync().ConfigureAwait(false);
        return reason;
    }

    private async ValueTask<SmtpDisconnectReason> CloseAsync()
    {
        await DelayErrorsAsync().ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
        if (session.HasTlsOnPlain)
        {
            Log.TlsOnPlainPort(context.Logger, connection.Id, connection.RemoteEndPoint);
            return SmtpDisconnectReason.TlsFailed;
        }

        if (session.HasQuit)
        {
            await EndTlsAsync().ConfigureAwait(false);
            return SmtpDisconnectReason.Quit;
        }

        await LingerAsync().ConfigureAwait(false);
        return SmtpDisconnectReason.Refused;
    }

    /// <summary>Reads what the peer still sends: closing on it would reset the connection and could take the reply away from the peer.</summary>
    private async ValueTask LingerAsync()
    {
        try
        {
            await EndTlsAsync().ConfigureAwait(false);
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

    private async ValueTask EndTlsAsync()
    {
        if (connection.Tls is null)
            return;
        deadlines.AwaitWrite(context.Heartbeat.Now);
        await transport.EndTlsAsync().ConfigureAwait(false);
        deadlines.StopWriting();
    }

    private async Task EndAsync(long started, SmtpDisconnectReason reason)
    {
        lock (stopGate)
            isOver = true;
        deadlines.StopReading();
        deadlines.StopWriting();
        deadlines.AwaitHandler(context.Heartbeat.Now);
        try
        {
            await handler.EndAsync(reason, aborted.CancelAsync).ConfigureAwait(false);
            context.Telemetry.ConnectionEnded(started, connection, reason);
            Log.Disconnected(context.Logger, connection.Id, reason, connection.MessageCount);
        }
        catch (Exception exception)
        {
            Log.ConnectionFailed(context.Logger, exception, connection.Id);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what the connection holds. A server that stops waits for the end of this.</summary>
    private async Task ReleaseAsync()
    {
        try
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nobody is there to be told.
        }

        context.Heartbeat.Remove(this);
        context.Gate.Leave(counted);
        output.Dispose();
        ReturnBuffer();
        readStop.Dispose();
        aborted.Dispose();
        completion.SetResult();
    }

    private static bool IsLoss(Exception exception) =>
        exception is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException;
}
