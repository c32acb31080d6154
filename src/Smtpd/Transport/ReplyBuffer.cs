using System.Buffers;

namespace Smtpd.Transport;

/// <summary>Collects the replies of a pipelined group for one write. Grows as needed; the pump flushes it before it grows large.</summary>
internal sealed class ReplyBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] octets = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => octets.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return octets.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return octets.AsSpan(Length);
    }

    /// <summary>Forgets what was written. The memory goes back to the pool, for a peer that says nothing more needs none.</summary>
    public void Clear() => Dispose();

    public void Dispose()
    {
        if (octets.Length > 0)
            ArrayPool<byte>.Shared.Return(octets);
        octets = [];
        Length = 0;
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed <= octets.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 1024));
        Written.CopyTo(larger);
        if (octets.Length > 0)
            ArrayPool<byte>.Shared.Return(octets);
        octets = larger;
    }
}
