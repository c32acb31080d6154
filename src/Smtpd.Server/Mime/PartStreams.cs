using System.Buffers;

namespace Smtpd.Server.Mime;

/// <summary>A stream that is only read, forward, and owns the one below.</summary>
internal abstract class ForwardStream(Stream inner) : Stream
{
    protected Stream Inner { get; } = inner;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    // Both forms are needed: the base class would read the one by the other on a thread of its own.
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await Inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A piece of a stream. What lies before it is sought over or, where that cannot be, read.</summary>
internal sealed class RangeStream : ForwardStream
{
    private long _before;
    private long _left;

    public RangeStream(Stream inner, long offset, long length)
        : base(inner)
    {
        (_before, _left) = (offset, length);
        if (!inner.CanSeek)
            return;
        inner.Seek(offset, SeekOrigin.Begin);
        _before = 0;
    }

    public override int Read(Span<byte> buffer)
    {
        while (_before > 0 && !buffer.IsEmpty)
        {
            var skipped = Inner.Read(buffer[..(int)Math.Min(buffer.Length, _before)]);
            _before = skipped == 0 ? 0 : _before - skipped;
        }

        return Count(Inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_before > 0 && !buffer.IsEmpty)
        {
            var skipped = await Inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _before)], cancellationToken);
            _before = skipped == 0 ? 0 : _before - skipped;
        }

        return Count(await Inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken));
    }

    private int Count(int read)
    {
        _left -= read;
        return read;
    }
}

/// <summary>The decoded octets of an encoded stream.</summary>
internal sealed class DecodingStream(Stream inner, TransferDecoder decoder) : ForwardStream(inner)
{
    private const int Chunk = 16 * 1024;

    private readonly byte[] _encoded = ArrayPool<byte>.Shared.Rent(Chunk);
    private readonly byte[] _decoded = ArrayPool<byte>.Shared.Rent(Chunk + TransferDecoder.Slack);
    private int _start;
    private int _end;
    private bool _isEnd;
    private bool _isDisposed;

    public override int Read(Span<byte> buffer)
    {
        while (_start == _end && !_isEnd && !buffer.IsEmpty)
            Took(Inner.Read(_encoded.AsSpan(0, Chunk)));
        return Give(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _end && !_isEnd && !buffer.IsEmpty)
            Took(await Inner.ReadAsync(_encoded.AsMemory(0, Chunk), cancellationToken));
        return Give(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            ArrayPool<byte>.Shared.Return(_encoded);
            ArrayPool<byte>.Shared.Return(_decoded);
        }

        base.Dispose(disposing);
    }

    private void Took(int count)
    {
        _isEnd = count == 0;
        _start = 0;
        _end = _isEnd ? decoder.Finish(_decoded) : decoder.Decode(_encoded.AsSpan(0, count), _decoded);
    }

    private int Give(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _end - _start);
        _decoded.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }
}
