namespace Smtpd.Server.Exchange;

/// <summary>
/// Reads an mbox file as a stream, message by message, in bounded memory. Takes mboxrd and mboxo (one <c>&gt;</c> before <c>From </c> is taken away) and mboxcl
/// (<c>Content-Length</c> is not believed). Where the From_ line ends with LF alone, LF in its message becomes CRLF; where it ends with CRLF, the octets are as they are.
/// Any input is read; only the source's own I/O errors come through.
/// </summary>
internal sealed class MboxReader(Stream source)
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;
    private bool _atEnd;
    private bool _inLine; // what is next continues a line longer than the buffer
    private bool _isAfterEmptyLine = true;
    private Func<CancellationToken, ValueTask>? _skipCurrent;
    private (string Sender, DateTimeOffset? Date)? _next; // a From_ line that has been read
    private bool _keepsLineFeeds;

    /// <summary>Octets before the first From_ line. All of the file when it is no mbox.</summary>
    public long Skipped { get; private set; }

    /// <summary>The next message, or null at the end. What was not read of the one before is skipped.</summary>
    public async ValueTask<MboxMessage?> NextAsync(CancellationToken cancellationToken)
    {
        if (_skipCurrent is not null)
            await _skipCurrent(cancellationToken);
        while (_next is null)
        {
            if (await PieceAsync(cancellationToken) is not { } piece)
                return null;
            if (!IsFromLine(piece))
                Skipped += piece.Octets.Length;
        }

        var (sender, date) = _next.Value;
        _next = null;
        MboxContent content = new(this);
        _skipCurrent = content.SkipAsync;
        return new(sender, date, content);
    }

    /// <summary>A line, or a part of one that is longer than the buffer. Valid until the next is asked for.</summary>
    private async ValueTask<Piece?> PieceAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        int lineFeed;
        while ((lineFeed = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n')) < 0 && !_atEnd && _end - _start < _buffer.Length)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            searched = _end;
            var count = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _atEnd = count == 0;
            _end += count;
        }

        var length = lineFeed >= 0 ? searched + lineFeed + 1 - _start : _end - _start;
        // A CR at the end of a full buffer waits for what follows: it may be half of a line break.
        if (lineFeed < 0 && !_atEnd && _buffer[_end - 1] == '\r')
            length--;
        if (length == 0)
            return null;
        Piece piece = new(_buffer.AsMemory(_start, length), !_inLine);
        _start += length;
        _inLine = lineFeed < 0;
        return piece;
    }

    private bool IsFromLine(Piece piece)
    {
        var octets = piece.Octets.Span;
        if (piece.IsLineStart && octets.Length <= 1000 && octets.StartsWith("From "u8) && MboxFromLine.TryRead(octets, _isAfterEmptyLine, out var sender, out var date))
        {
            _next = (sender, date);
            _keepsLineFeeds = octets.EndsWith("\r\n"u8);
            _isAfterEmptyLine = false;
            return true;
        }

        _isAfterEmptyLine = IsEmptyLine(piece);
        return false;
    }

    private static bool IsEmptyLine(Piece piece) => piece.IsLineStart && (piece.Octets.Span.SequenceEqual("\n"u8) || piece.Octets.Span.SequenceEqual("\r\n"u8));

    private readonly record struct Piece(ReadOnlyMemory<byte> Octets, bool IsLineStart);

    /// <summary>What is between two From_ lines, without the empty line before the second one.</summary>
    private sealed class MboxContent(MboxReader reader) : Stream
    {
        private static readonly byte[] s_crlf = [(byte)'\r', (byte)'\n'];

        private ReadOnlyMemory<byte> _now;
        private ReadOnlyMemory<byte> _then;
        private ReadOnlyMemory<byte> _afterThat;
        private ReadOnlyMemory<byte> _held; // an empty line: the message's only if another line of it follows
        private bool _isOver;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public async ValueTask SkipAsync(CancellationToken cancellationToken)
        {
            while (!_isOver)
                await AdvanceAsync(cancellationToken);
            (_now, _then, _afterThat) = (default, default, default);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
                return 0;
            while (_now.IsEmpty && !(_then.IsEmpty && _afterThat.IsEmpty && _isOver))
            {
                if (_then.IsEmpty && _afterThat.IsEmpty)
                    await AdvanceAsync(cancellationToken);
                else
                    (_now, _then, _afterThat) = (_then, _afterThat, default);
            }

            var count = Math.Min(_now.Length, buffer.Length);
            _now[..count].CopyTo(buffer);
            _now = _now[count..];
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
        {
            if (await reader.PieceAsync(cancellationToken) is not { } piece || reader.IsFromLine(piece))
            {
                _isOver = true;
                return;
            }

            _now = _held;
            _held = default;
            var octets = piece.Octets;
            if (IsEmptyLine(piece))
            {
                _held = reader._keepsLineFeeds && octets.Length == 1 ? octets.ToArray() : s_crlf;
                return;
            }

            if (piece.IsLineStart && MboxQuoting.IsQuoted(octets.Span))
                octets = octets[1..];
            var isLineFeedAlone = octets.Span[^1] == '\n' && !octets.Span.EndsWith("\r\n"u8);
            (_then, _afterThat) = isLineFeedAlone && !reader._keepsLineFeeds ? (octets[..^1], s_crlf) : (octets, default(ReadOnlyMemory<byte>));
        }
    }
}
