namespace Smtpd.Testing;

/// <summary>Two streams as one: what is read comes from the first, what is written goes to the second.</summary>
/// <param name="reading">Where to read.</param>
/// <param name="writing">Where to write.</param>
/// <param name="close">What disposing does; null disposes both streams.</param>
internal class DuplexStream(Stream reading, Stream writing, Action? close = null) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reading.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writing.WriteAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => reading.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => writing.Write(buffer, offset, count);

    public override void Flush() => writing.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => writing.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && close is not null)
        {
            close();
        }
        else if (disposing)
        {
            writing.Dispose();
            reading.Dispose();
        }

        base.Dispose(disposing);
    }
}
