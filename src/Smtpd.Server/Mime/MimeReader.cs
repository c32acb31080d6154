using System.Buffers;

namespace Smtpd.Server.Mime;

/// <summary>
/// Reads messages (RFC 5322, RFC 2045 to 2049 and what is made of them). Never throws because of what stands in a message, and holds no more of it than the result does.
/// Exceptions come from the stream and from cancellation only.
/// </summary>
internal static class MimeReader
{
    // A header block is looked at in one piece, so the buffer grows to hold the longest one that is looked at.
    private const int InitialBuffer = 64 * 1024;

    public static MimeMessage Read(ReadOnlySpan<byte> message, MimeLimits? limits = null, CancellationToken cancellationToken = default)
    {
        limits ??= MimeLimits.Default;
        using MimeParser parser = new(limits, TimeProvider.System);
        var slice = Math.Max(InitialBuffer, limits.HeaderOctets + 1);
        for (var position = 0; parser.IsOpen;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isLast = message.Length - position <= slice;
            position += parser.Advance(isLast ? message[position..] : message.Slice(position, slice), isLast);
        }

        return parser.Finish();
    }

    public static MimeMessage Read(Stream message, MimeLimits? limits = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        using Window window = new(limits ?? MimeLimits.Default, time);
        while (window.Wants)
        {
            cancellationToken.ThrowIfCancellationRequested();
            window.Took(message.Read(window.Free.Span));
        }

        return window.Finish();
    }

    public static async Task<MimeMessage> ReadAsync(Stream message, MimeLimits? limits = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        using Window window = new(limits ?? MimeLimits.Default, time);
        while (window.Wants)
            window.Took(await message.ReadAsync(window.Free, cancellationToken));
        return window.Finish();
    }

    /// <summary>The decoded octets of a part, as they are read from <paramref name="raw"/>: the whole message, from its first octet. Closing the result closes that.</summary>
    public static Stream OpenPart(Stream raw, PartBody body)
    {
        var encoded = OpenEncoded(raw, body);
        return TransferDecoder.For(body.Encoding) is TransferDecoder decoder ? new DecodingStream(encoded, decoder) : encoded;
    }

    /// <summary>The octets of a part's body as they stand in the message.</summary>
    public static Stream OpenEncoded(Stream raw, PartBody body) => new RangeStream(raw, body.Offset, body.Length);

    // The octets that were read and not yet taken. It is full, or the end was seen, before the parser looks at it: so the result does not depend on how reads were cut.
    private sealed class Window(MimeLimits limits, TimeProvider? time) : IDisposable
    {
        private readonly MimeParser _parser = new(limits, time ?? TimeProvider.System);
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        private int _length;
        private bool _isEnd;

        public bool Wants => _parser.IsOpen && !_isEnd;

        public Memory<byte> Free => _buffer.AsMemory(_length);

        public void Took(int count)
        {
            _length += count;
            _isEnd = count == 0;
            if (!_isEnd && _length < _buffer.Length)
                return;
            var taken = 0;
            while (_parser.IsOpen)
            {
                var step = _parser.Advance(_buffer.AsSpan(taken, _length - taken), _isEnd);
                taken += step;
                if (step == 0 && !_isEnd)
                    break;
            }

            if (taken == 0 && !_isEnd)
                Grow();
            _buffer.AsSpan(taken, _length - taken).CopyTo(_buffer);
            _length -= taken;
        }

        public MimeMessage Finish() => _parser.Finish();

        public void Dispose()
        {
            _parser.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        private void Grow()
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
