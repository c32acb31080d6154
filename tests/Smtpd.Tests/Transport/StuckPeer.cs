using System.IO.Pipelines;
using System.Text;

namespace Smtpd.Tests.Transport;

/// <summary>A peer that takes a number of writes and then no more.</summary>
internal sealed class StuckPeer(int takes) : PipeWriter, IDuplexPipe
{
    private readonly Pipe toServer = new(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048, useSynchronizationContext: false));
    private readonly TaskCompletionSource stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] buffer = [];
    private int left = takes;

    public PipeReader Input => toServer.Reader;

    public PipeWriter Output => this;

    /// <summary>Ends when the server waits in vain for a write to be taken.</summary>
    public Task Stuck => stuck.Task;

    /// <summary>Octets the server has written, taken or not.</summary>
    public int Written { get; private set; }

    public Task SendAsync(string text) => toServer.Writer.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    public override void Advance(int bytes) => Written += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (buffer.Length < Math.Max(1, sizeHint))
            buffer = new byte[Math.Max(64 * 1024, sizeHint)];
        return buffer;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (left-- > 0)
            return new FlushResult(isCanceled: false, isCompleted: false);
        stuck.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
