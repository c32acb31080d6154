using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Smtpd;

/// <summary>The content of a message while it arrives: exactly the octets between <c>354</c> and the final dot, dots unstuffed, or of the BDAT chunks.</summary>
/// <remarks>
/// Read it once, by one of the views. A view that ends without an exception has given the whole message; one that will never be whole
/// throws <see cref="MessageAbortedException"/>. Good until <see cref="SmtpHandler.OnMessageAsync"/> returns.
/// </remarks>
public sealed class MessageBody
{
    // So much is held before the handler starts, and so much more before the peer is made to wait.
    internal const int BufferedOctets = 64 * 1024;

    private readonly Pipe pipe;
    private long received;

    internal MessageBody(Pipe pipe) => this.pipe = pipe;

    /// <summary>The content as a pipe: the view that copies nothing.</summary>
    public PipeReader Reader => pipe.Reader;

    /// <summary>Octets received so far.</summary>
    public long BytesReceived => Volatile.Read(ref received);

    /// <summary>The content as a stream to read.</summary>
    public Stream AsStream() => pipe.Reader.AsStream(leaveOpen: true);

    /// <summary>The content piece by piece. A piece is good until the next is asked for.</summary>
    /// <param name="cancellationToken">Ends the wait for more.</param>
    /// <exception cref="MessageAbortedException">The content will never be whole.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await pipe.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var piece in result.Buffer)
                yield return piece;
            pipe.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                yield break;
        }
    }

    /// <summary>Writes the whole content to <paramref name="destination"/>.</summary>
    /// <param name="destination">Where to; neither flushed nor closed.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="MessageAbortedException">The content will never be whole; part of it may have been written.</exception>
    public Task CopyToAsync(Stream destination, CancellationToken cancellationToken = default) =>
        pipe.Reader.CopyToAsync(destination, cancellationToken);

    internal void Write(ReadOnlySpan<byte> content)
    {
        pipe.Writer.Write(content);
        Volatile.Write(ref received, received + content.Length);
    }
}
