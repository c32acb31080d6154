using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>The decoded octets of a part as a stream that can seek forward, which is what ranges need: what lies before is decoded and dropped.</summary>
internal sealed class PartContent(Stream raw, PartBody body, long size) : Stream
{
    private readonly Stream decoded = MimeReader.OpenPart(raw, body);
    private long at; // how far the decoder is
    private long wanted;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position
    {
        get => wanted;
        set => wanted = value >= at ? value : throw new NotSupportedException("Only forward.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var dropped = wanted > at ? new byte[Math.Min(wanted - at, 64 << 10)] : [];
        while (at < wanted)
        {
            var skipped = await decoded.ReadAsync(dropped.AsMemory(0, (int)Math.Min(wanted - at, dropped.Length)), cancellationToken);
            if (skipped == 0)
                return 0;
            at += skipped;
        }

        var read = await decoded.ReadAsync(buffer, cancellationToken);
        wanted = at += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => wanted + offset,
        _ => size + offset,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronously.");

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await decoded.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            decoded.Dispose();
        base.Dispose(disposing);
    }
}
