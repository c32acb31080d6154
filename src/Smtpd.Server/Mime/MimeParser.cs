using System.Security.Cryptography;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>
/// Octets in, a tree of parts out. No stream, no task: it is shown a window of the message and says how much of it was taken.
/// One pass, no recursion, and what it keeps is bounded: contents of attachments pass through a hash.
/// </summary>
internal sealed class MimeParser : IDisposable
{
    private const int MaximumHashedMessages = 4; // messages inside of each other whose octets are hashed: each costs the whole content once more

    private readonly MimeLimits _limits;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly MimeWarnings _warnings = new();
    private readonly PartFields _partFields;
    private readonly LeafReader _leaf;
    private readonly BoundaryStack _boundaries = new();
    private readonly List<OpenPart> _open = [];
    private readonly List<(Range Name, Range Body)> _fields = [];

    private State _state = State.Header;
    private MimePart _part; // whose header is read, or whose content passes
    private MimePart _root;
    private long _offset;
    private int _parts;
    private int _messages;
    private bool _bareCr;
    private bool _atLineStart;

    public MimeParser(MimeLimits limits, TimeProvider time)
    {
        (_limits, _time, _started) = (limits, time, time.GetTimestamp());
        _partFields = new(limits, _warnings);
        _leaf = new(limits, _warnings);
        _root = _part = NewPart(null);
    }

    private enum State
    {
        Header,
        SkippedHeader,
        Content,
        Done,
    }

    /// <summary>False when nothing more is to be shown to it: the end was seen, or the time is over.</summary>
    public bool IsOpen => _state != State.Done;

    /// <param name="window">The octets after those that were taken. At least 64 KiB, unless the message ends in it.</param>
    /// <returns>How many were taken; 0 asks for a longer window.</returns>
    public int Advance(ReadOnlySpan<byte> window, bool isLast)
    {
        if (_time.GetElapsedTime(_started) > _limits.Time)
        {
            _warnings.Add("time", "Reading took too long; the rest of the message was not looked at.");
            _state = State.Done;
            return 0;
        }

        var before = _offset;
        switch (_state)
        {
            case State.Header:
                ReadHeader(window, isLast);
                break;
            case State.SkippedHeader:
                SkipHeader(window, isLast);
                break;
            case State.Content:
                ReadContent(window, isLast);
                break;
        }

        return (int)(_offset - before);
    }

    public MimeMessage Finish()
    {
        if (_state == State.Header)
            BeginBody(); // only when the time was over
        CloseAbove(-1);
        _state = State.Done;
        return MessageComposer.Compose(_root, _partFields, _limits, _warnings);
    }

    public void Dispose()
    {
        _leaf.Dispose();
        foreach (var each in _open)
            each.Hash?.Dispose();
    }

    private void ReadHeader(ReadOnlySpan<byte> window, bool isLast)
    {
        if (_offset == 0)
            _bareCr = HeaderScanner.HasBareCr(window);
        var limit = Math.Max(1024, _limits.HeaderOctets);
        var block = window[..Math.Min(window.Length, limit)];
        _fields.Clear();
        var isWhole = isLast && block.Length == window.Length;
        HeaderScanner scanner = new(block, isWhole || block.Length == limit, _bareCr, _boundaries);
        while (scanner.TryRead(out var name, out var body))
            _fields.Add((name, body));
        var isCut = scanner.End == HeaderEnd.Input && !isWhole;
        if (isCut && block.Length < limit)
            return;

        if (isCut)
            _warnings.Add("header-size", $"Only the first {limit} octets of a header were looked at.");
        if (scanner.End == HeaderEnd.NoSeparator)
            _warnings.Add("no-separator", $"No empty line between header and body of part {_part.Path}.");
        if (scanner.HasGarbage && scanner.End != HeaderEnd.NoSeparator)
            _warnings.Add("header-garbage", $"Lines in the header of part {_part.Path} are no fields.");
        _partFields.Read(_part, block, _fields);
        var end = isCut ? block.Length : scanner.Position;
        Pass(block[..end]);
        _atLineStart = !isCut || block[^1] == '\n';
        _state = State.SkippedHeader;
        if (!isCut)
            BeginBody();
    }

    // The rest of a header block that is too long.
    private void SkipHeader(ReadOnlySpan<byte> window, bool isLast)
    {
        var position = 0;
        while (position < window.Length)
        {
            var rest = window[position..];
            var end = _bareCr ? rest.IndexOfAny((byte)'\r', (byte)'\n') : rest.IndexOf((byte)'\n');
            if (end < 0 && !isLast && _atLineStart && rest.Length <= BoundaryStack.MaximumLine)
                break;
            var line = end < 0 ? rest : rest[..end].TrimEnd((byte)'\r');
            var isDelimiter = _atLineStart && _boundaries.IsDelimiter(line);
            if (!isDelimiter)
                position += end < 0 ? rest.Length : end + 1;
            var isEnd = _atLineStart && line.IsEmpty && end >= 0;
            _atLineStart = end >= 0;
            if (!isDelimiter && !isEnd)
                continue;
            Pass(window[..position]);
            BeginBody();
            return;
        }

        Pass(window[..position]);
        if (isLast)
            BeginBody();
    }

    private void BeginBody()
    {
        var level = _open.Count;
        _state = State.Content;
        _atLineStart = true;
        _part.Body = new(_offset, 0, _part.Body.Encoding);
        var isContainer = _part.IsMultipart || (_part.IsMessage && _part.Body.Encoding == TransferEncoding.None);
        if (isContainer && level >= _limits.Depth)
        {
            _warnings.Add("depth", $"Parts deeper than {_limits.Depth} levels were not taken apart.");
            isContainer = false;
        }
        else if (_part.IsMessage && !isContainer)
        {
            _warnings.Add("encoded-message", $"The message in part {_part.Path} is encoded, against RFC 2046 5.2.1, and was not taken apart.");
        }

        if (isContainer && _part.IsMultipart && _partFields.Boundary is null)
        {
            _warnings.Add("no-boundary", $"Part {_part.Path} is a multipart without a boundary.");
            isContainer = false;
        }

        OpenPart open = new(_part, isContainer);
        _open.Add(open);
        if (!isContainer)
        {
            _part.IsOpaque = _part.IsMultipart;
            _leaf.Begin(_part, isBody: _messages == 0);
        }
        else if (_part.IsMultipart)
        {
            _part.Body = new(_offset, 0, TransferEncoding.None); // RFC 2045 6.4 allows no other
            _boundaries.Push(_partFields.Boundary!, level);
        }
        else
        {
            open.Hash = _messages++ < MaximumHashedMessages ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
            BeginPart(_part);
        }
    }

    private void BeginPart(MimePart parent)
    {
        if (_parts >= _limits.Parts)
        {
            _warnings.Add("parts", $"Only the first {_limits.Parts} parts were taken apart.");
            _state = State.Content;
            _atLineStart = true;
            return;
        }

        _part = NewPart(parent);
        parent.Add(_part);
        _state = State.Header;
    }

    private MimePart NewPart(MimePart? parent)
    {
        _parts++;
        return new()
        {
            Path = parent is null ? "1" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{parent.Path}.{parent.Children.Count + 1}"),
            Parent = parent,
            HeaderOffset = _offset,
            ContentType = parent?.ContentType is "multipart/digest" ? "message/rfc822" : "text/plain",
        };
    }

    // Content up to the next delimiter. What may be the beginning of one stays in the window.
    private void ReadContent(ReadOnlySpan<byte> window, bool isLast)
    {
        int from = 0, dashes;
        while ((dashes = window[from..].IndexOf("--"u8)) >= 0)
        {
            var start = from + dashes;
            from = start + window[start..].IndexOfAnyExcept((byte)'-');
            from = from < start ? window.Length : from;
            if (!IsLineStart(window, start))
                continue;
            var line = window.Slice(start, Math.Min(window.Length - start, BoundaryStack.MaximumLine + 1));
            var end = _bareCr ? line.IndexOfAny((byte)'\r', (byte)'\n') : line.IndexOf((byte)'\n');
            if (end < 0 && start + line.Length == window.Length && line.Length <= BoundaryStack.MaximumLine && !isLast)
            {
                Content(window[..BreakBefore(window, start)]);
                return;
            }

            if (!_boundaries.TryMatch(end < 0 ? line : line[..end], out var owner, out var isClose))
                continue;
            var contentEnd = BreakBefore(window, start);
            Content(window[..contentEnd]);
            CloseAbove(owner);
            Delimiter(window[contentEnd..], start - contentEnd, end < 0 ? window.Length - start : end, owner, isClose);
            return;
        }

        Content(isLast ? window : window[..SafeLength(window)]);
        if (isLast)
            _state = State.Done;
    }

    /// <param name="rest">From the line break before the delimiter.</param>
    private void Delimiter(ReadOnlySpan<byte> rest, int start, int length, int owner, bool isClose)
    {
        var end = start + length;
        if (isClose)
        {
            _boundaries.PopTo(owner);
            _open[owner].IsClosed = true;
            _part = _open[owner].Part;
            Pass(rest[..(start + rest[start..end].TrimEnd("\r"u8).Length)]); // its line break may belong to the next delimiter
            _atLineStart = false;
            return;
        }

        _boundaries.PopTo(owner + 1);
        var next = end < rest.Length ? end + 1 : end;
        Pass(rest[..(_bareCr && next < rest.Length && rest[next - 1] == '\r' && rest[next] == '\n' ? next + 1 : next)]);
        BeginPart(_open[owner].Part);
    }

    private bool IsLineStart(ReadOnlySpan<byte> window, int index) =>
        index == 0 ? _atLineStart : window[index - 1] == '\n' || (_bareCr && window[index - 1] == '\r');

    // The line break in front of a delimiter belongs to it (RFC 2046 5.1.1).
    private static int BreakBefore(ReadOnlySpan<byte> window, int index)
    {
        if (index > 0 && window[index - 1] == '\n')
            index--;
        else if (index > 0 && window[index - 1] == '\r')
            return index - 1;
        return index > 0 && window[index - 1] == '\r' ? index - 1 : index;
    }

    // Without what may be the line break and the first dash of a delimiter.
    private static int SafeLength(ReadOnlySpan<byte> window)
    {
        var end = window.Length;
        if (end > 0 && window[end - 1] == '-')
            end--;
        if (end > 0 && window[end - 1] == '\n')
            end--;
        if (end > 0 && window[end - 1] == '\r')
            end--;
        return end;
    }

    private void Content(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        if (_open.Count > 0 && !_open[^1].IsContainer)
            _leaf.Take(octets);
        Pass(octets);
        _atLineStart = false;
    }

    // All octets come by here, in order: attached messages are hashed as they stand.
    private void Pass(ReadOnlySpan<byte> octets)
    {
        _offset += octets.Length;
        if (_messages == 0)
            return;
        foreach (var each in _open)
            each.Hash?.AppendData(octets);
    }

    private void CloseAbove(int owner)
    {
        for (var i = _open.Count - 1; i > owner; i--)
        {
            var open = _open[i];
            _open.RemoveAt(i);
            var part = open.Part;
            part.Body = part.Body with { Length = _offset - part.Body.Offset };
            if (!open.IsContainer)
            {
                _leaf.End(part);
                continue;
            }

            part.Size = part.Body.Length;
            if (part.IsMultipart && !open.IsClosed)
                _warnings.Add("not-closed", $"The multipart {part.Path} has no closing delimiter.");
            if (part.IsMultipart)
                continue;
            _messages--;
            if (open.Hash is null)
                continue;
            part.Sha256 = open.Hash.GetHashAndReset();
            open.Hash.Dispose();
        }
    }

    private sealed class OpenPart(MimePart part, bool isContainer)
    {
        public MimePart Part => part;

        public bool IsContainer => isContainer;

        public bool IsClosed { get; set; }

        public IncrementalHash? Hash { get; set; }
    }
}
