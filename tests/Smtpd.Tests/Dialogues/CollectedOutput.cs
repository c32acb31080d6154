using System.Buffers;
using System.IO.Pipelines;

namespace Smtpd.Tests.Dialogues;

/// <summary>What the server sends. Only flushed octets count: the client sees no others.</summary>
internal sealed class CollectedOutput : PipeWriter
{
    private readonly Lock gate = new();
    private readonly ArrayBufferWriter<byte> unflushed = new();
    private readonly List<byte> sent = [];
    private int replies;
    private int lineStart;

    public Action? Grown { get; set; }

    /// <summary>Flushes that sent something: the packets a client would see.</summary>
    public int Writes { get; private set; }

    public bool IsCompleted { get; private set; }

    /// <summary>Whole replies sent so far, the greeting counted.</summary>
    public int Replies
    {
        get
        {
            lock (gate)
                return replies;
        }
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => unflushed.WrittenCount;

    public byte[] Sent()
    {
        lock (gate)
            return [.. sent];
    }

    public override void Advance(int bytes) => unflushed.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => unflushed.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => unflushed.GetSpan(sizeHint);

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
        Send();
        IsCompleted = true;
        Grown?.Invoke();
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Send();
        return new(new FlushResult(isCanceled: false, isCompleted: false));
    }

    private void Send()
    {
        if (unflushed.WrittenCount == 0)
            return;
        lock (gate)
        {
            sent.AddRange(unflushed.WrittenSpan);
            unflushed.ResetWrittenCount();
            Writes++;
            CountReplies();
        }

        Grown?.Invoke();
    }

    private void CountReplies()
    {
        for (var end = sent.IndexOf((byte)'\n', lineStart); end >= 0; end = sent.IndexOf((byte)'\n', lineStart))
        {
            if (end - lineStart < 4 || sent[lineStart + 3] != '-')
                replies++;
            lineStart = end + 1;
        }
    }
}
