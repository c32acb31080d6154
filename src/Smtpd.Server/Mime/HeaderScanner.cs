using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Why a header block ended.</summary>
internal enum HeaderEnd
{
    /// <summary>There is no more input; the last field may not be whole.</summary>
    Input,
    EmptyLine,
    /// <summary>A line that is no field, and that no field follows: the body has begun without an empty line.</summary>
    NoSeparator,
    /// <summary>A delimiter of a multipart around it.</summary>
    Boundary,
}

/// <summary>Reads a header block field by field (RFC 5322 2.2), folded as it stands. Linear, and content with anything.</summary>
/// <param name="bareCr">Lines end with CR alone, see <see cref="HasBareCr"/>.</param>
/// <param name="isLast">Nothing follows the block, so that its last line is taken as it is.</param>
internal ref struct HeaderScanner(ReadOnlySpan<byte> block, bool isLast, bool bareCr = false, BoundaryStack? boundaries = null)
{
    private readonly ReadOnlySpan<byte> _block = block;
    private int _fields;

    /// <summary>Where reading goes on; after the end of the block the first octet of the body or of the delimiter.</summary>
    public int Position { get; private set; }

    public HeaderEnd End { get; private set; }

    /// <summary>Lines were passed over that are no fields.</summary>
    public bool HasGarbage { get; private set; }

    /// <summary>The lines of this text end with CR alone: judged by the first line, as old Macintosh programs did it to all lines.</summary>
    public static bool HasBareCr(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || text[end] == '\n')
            return false;
        var next = text[end..].IndexOfAnyExcept((byte)'\r');
        return next >= 0 && text[end + next] != '\n';
    }

    public bool TryRead(out Range name, out Range body)
    {
        name = body = default;
        while (Position < _block.Length)
        {
            var line = LineAt(Position);
            if (!line.IsWhole && !isLast)
                break;
            if (line.Text == Position)
            {
                (Position, End) = (line.Next, HeaderEnd.EmptyLine);
                return false;
            }

            if (boundaries is not null && boundaries.IsDelimiter(_block[Position..line.Text]))
            {
                End = HeaderEnd.Boundary;
                return false;
            }

            var start = Position;
            var colon = NameLength(start, line.Text);
            if (colon == 0 && !IsPassedOver(start, ref line))
            {
                // What follows decides, and may not have been seen.
                End = isLast || (line.Next < _block.Length && LineAt(line.Next).IsWhole) ? HeaderEnd.NoSeparator : HeaderEnd.Input;
                return false;
            }

            Unfold(ref line);
            Position = line.Next;
            _fields++;
            if (colon == 0)
                continue;
            name = start..(start + _block[start..colon].TrimEnd(" \t"u8).Length);
            body = (colon + 1)..line.Text;
            return true;
        }

        End = HeaderEnd.Input;
        return false;
    }

    private readonly record struct Line(int Text, int Next, bool IsWhole); // where its text ends, and where the next line begins

    private readonly Line LineAt(int start)
    {
        var rest = _block[start..];
        var end = bareCr ? rest.IndexOfAny((byte)'\r', (byte)'\n') : rest.IndexOf((byte)'\n');
        if (end < 0)
            return new(start + rest.TrimEnd((byte)'\r').Length, _block.Length, false);
        if (bareCr && !isLast && rest[end] == '\r' && end + 1 == rest.Length)
            return new(start + end, _block.Length, false); // a LF may follow
        var next = start + end + (rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? 2 : 1);
        return new(start + rest[..end].TrimEnd((byte)'\r').Length, next, true);
    }

    // Lines that begin with a blank go on with the one before, empty-looking ones included (RFC 5322 4.2).
    private readonly void Unfold(ref Line line)
    {
        while (line.Next < _block.Length && _block[line.Next] is (byte)' ' or (byte)'\t')
            line = LineAt(line.Next);
    }

    // The index of the colon, or 0 when the line is no field. RFC 5322 4.5: blanks before the colon are obsolete, not wrong.
    private readonly int NameLength(int start, int end)
    {
        var line = _block[start..end];
        var length = line.IndexOf((byte)':');
        if (length <= 0)
            return 0;
        var name = line[..length].TrimEnd(" \t"u8);
        return name.IsEmpty || name.IndexOfAnyExceptInRange((byte)33, (byte)126) >= 0 ? 0 : start + length;
    }

    // mbox's "From " line in front, or rubbish between fields: what follows may still be read. A delimiter is no rubbish: the part of a multipart has begun.
    private bool IsPassedOver(int start, ref Line line)
    {
        if (_block[start..].StartsWith("--"u8))
            return false;
        var isMbox = _fields == 0 && (_block[start..].StartsWith("From "u8) || _block[start..].StartsWith(">From "u8));
        Unfold(ref line);
        var isBeforeField = line.Next < _block.Length && NameLength(line.Next, LineAt(line.Next).Text) > 0;
        HasGarbage |= !isMbox;
        return isMbox || isBeforeField;
    }
}
