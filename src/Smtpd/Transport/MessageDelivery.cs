using System.IO.Pipelines;

namespace Smtpd.Transport;

/// <summary>The content of one message after the other on its way to the handler, which runs while content still arrives.</summary>
/// <param name="receive">The handler's work on a message. Never throws.</param>
/// <param name="memory">Counts what is held.</param>
/// <param name="aborted">Cancelled when the connection is aborted.</param>
internal sealed class MessageDelivery(Func<MessageBody, Task<DataResult>> receive, ContentMemory memory, CancellationToken aborted)
{
    // The pipe holds so much at most: what waits for the reader, and what is written before the writer waits.
    private const int MostHeld = 2 * MessageBody.BufferedOctets;

    // Small messages are not counted: in their case the connection itself is the cost.
    private const int CountedStep = 8 * 1024;

    private static readonly PipeOptions Options = new(
        pauseWriterThreshold: MessageBody.BufferedOctets, resumeWriterThreshold: MessageBody.BufferedOctets / 2,
        readerScheduler: PipeScheduler.ThreadPool, writerScheduler: PipeScheduler.ThreadPool, useSynchronizationContext: false);

    private Pipe? pipe;
    private MessageBody? body;
    private Task<DataResult>? running;
    private bool isUnwanted;
    private long unpushed;
    private int counted;

    /// <summary>Whether the handler is at work on a message.</summary>
    public bool IsRunning => running is not null;

    /// <summary>Octets of the message that have come.</summary>
    public long Octets => body?.BytesReceived ?? 0;

    /// <summary>Takes the next content; waits while the handler is behind.</summary>
    public ValueTask AddAsync(ReadOnlyMemory<byte> content)
    {
        if (isUnwanted)
            return ValueTask.CompletedTask;
        Body().Write(content.Span);
        unpushed += content.Length;
        Count();
        return unpushed >= MessageBody.BufferedOctets ? PushAsync() : ValueTask.CompletedTask;
    }

    /// <summary>No more content is wanted, and the message will never be whole.</summary>
    public void Refuse(MessageAbortReason reason)
    {
        isUnwanted = true;
        if (body is not null)
            pipe!.Writer.Complete(new MessageAbortedException(reason));
    }

    /// <summary>The message is whole: lets the handler finish, or do all of its work now.</summary>
    public async ValueTask<DataResult> EndAsync()
    {
        var whole = Body();
        await pipe!.Writer.CompleteAsync().ConfigureAwait(false);
        return await (running ?? RunAsync(whole)).ConfigureAwait(false);
    }

    /// <summary>Lets a handler at work know that its message will never be whole, and waits for it.</summary>
    /// <returns>Whether there was one.</returns>
    public async ValueTask<bool> AbortAsync(MessageAbortReason reason)
    {
        if (running is null)
            return false;
        await pipe!.Writer.CompleteAsync(new MessageAbortedException(reason)).ConfigureAwait(false);
        await running.ConfigureAwait(false);
        return true;
    }

    /// <summary>Makes ready for the next message.</summary>
    public void Clear()
    {
        if (body is not null)
        {
            pipe!.Writer.Complete();
            pipe.Reader.Complete();
            pipe.Reset();
        }

        memory.Return(counted);
        counted = 0;
        body = null;
        running = null;
        isUnwanted = false;
        unpushed = 0;
    }

    private void Count()
    {
        if (counted >= MostHeld || body!.BytesReceived - counted < CountedStep)
            return;
        var step = (int)Math.Min(MostHeld - counted, body.BytesReceived - counted);
        memory.Take(step);
        counted += step;
    }

    private MessageBody Body()
    {
        pipe ??= new Pipe(Options);
        return body ??= new MessageBody(pipe);
    }

    /// <summary>Hands over what has come, starts the handler if it does not run yet, and waits while it is behind.</summary>
    private async ValueTask PushAsync()
    {
        unpushed = 0;
        // Not on this thread: a handler that reads the body synchronously must not keep the content from arriving.
        running ??= Task.Run(() => RunAsync(body!), CancellationToken.None);
        var result = await pipe!.Writer.FlushAsync(aborted).ConfigureAwait(false);
        isUnwanted = result.IsCompleted;
    }

    private async Task<DataResult> RunAsync(MessageBody message)
    {
        var reply = await receive(message).ConfigureAwait(false);
        // Unblocks a writer that waits for a reader.
        await pipe!.Reader.CompleteAsync().ConfigureAwait(false);
        return reply;
    }
}
