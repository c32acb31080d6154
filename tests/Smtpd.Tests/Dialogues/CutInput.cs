using System.Buffers;
using System.IO.Pipelines;

namespace Smtpd.Tests.Dialogues;

/// <summary>
/// What the client sends, handed to the server piece by piece: the next piece comes only when the server has looked at all before, so that every
/// cut is really a cut, without waiting and without chance. Octets the server has taken are overwritten: whoever still looks at them sees it.
/// </summary>
internal sealed class CutInput : PipeReader
{
    private readonly Lock gate = new();
    private readonly Queue<ClientPiece> pieces;
    private readonly bool endsAfterLastPiece;
    private readonly CollectedOutput output;
    private Segment first;
    private Segment last;
    private int start;
    private bool examined = true;
    private bool completed;
    private bool cancelled;
    private TaskCompletionSource? waiting;

    /// <param name="pieces">In their order; a piece is held back until the server has given as many replies.</param>
    /// <param name="endsAfterLastPiece">Whether the client closes; if not, it closes when the server has.</param>
    /// <param name="output">What the server has said so far.</param>
    public CutInput(IEnumerable<ClientPiece> pieces, bool endsAfterLastPiece, CollectedOutput output)
    {
        this.pieces = new Queue<ClientPiece>(pieces);
        this.endsAfterLastPiece = endsAfterLastPiece;
        this.output = output;
        first = last = new Segment([], 0);
    }

    /// <summary>Pieces that never reached the server.</summary>
    public int PiecesLeft => pieces.Count;

    /// <summary>Looks again whether the next piece may go.</summary>
    public void OutputHasGrown()
    {
        TaskCompletionSource? wake;
        lock (gate)
        {
            wake = waiting;
            waiting = null;
        }

        wake?.TrySetResult();
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task wait;
            lock (gate)
            {
                if (TryReadLocked(out var result))
                    return result;
                waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = waiting.Task;
            }

            await wait.WaitAsync(cancellationToken);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (gate)
            return TryReadLocked(out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (gate)
        {
            var segment = (Segment)consumed.GetObject()!;
            var index = consumed.GetInteger();
            for (var taken = first; taken != segment; taken = taken.Following!)
                taken.Octets.AsSpan().Fill((byte)'!');
            segment.Octets.AsSpan(0, index).Fill((byte)'!');
            (first, start) = (segment, index);
            this.examined = examined.GetObject() == last && examined.GetInteger() == last.Octets.Length;
        }
    }

    public override void CancelPendingRead()
    {
        lock (gate)
            cancelled = true;
        OutputHasGrown();
    }

    public override void Complete(Exception? exception = null)
    {
        lock (gate)
            completed = true;
        OutputHasGrown();
    }

    private bool TryReadLocked(out ReadResult result)
    {
        if (cancelled)
        {
            cancelled = false;
            result = new ReadResult(Buffer(), isCanceled: true, isCompleted: false);
            return true;
        }

        var more = examined && pieces.TryPeek(out var next) && (output.Replies >= next.RepliesBefore || output.IsCompleted);
        if (more)
            last = last.Append(pieces.Dequeue().Octets);
        var atEnd = completed || (pieces.Count == 0 && (endsAfterLastPiece || output.IsCompleted));
        if (more || !examined || (atEnd && pieces.Count == 0) || completed)
        {
            // The end is told by itself, after the last octets, as a socket does.
            examined = false;
            result = new ReadResult(Buffer(), isCanceled: false, isCompleted: !more && atEnd);
            return true;
        }

        result = default;
        return false;
    }

    private ReadOnlySequence<byte> Buffer() => new(first, start, last, last.Octets.Length);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, long runningIndex)
        {
            Octets = octets;
            Memory = octets;
            RunningIndex = runningIndex;
        }

        public byte[] Octets { get; }

        public Segment? Following => (Segment?)Next;

        public Segment Append(byte[] octets)
        {
            var next = new Segment([.. octets], RunningIndex + Octets.Length);
            Next = next;
            return next;
        }
    }
}

/// <summary>Octets that the client sends together, and the replies a patient client has seen before.</summary>
internal sealed record ClientPiece(byte[] Octets, int RepliesBefore);
