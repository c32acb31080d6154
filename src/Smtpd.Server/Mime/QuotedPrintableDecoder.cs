namespace Smtpd.Server.Mime;

/// <summary>RFC 2045 6.7. Lower-case digits are read, an <c>=</c> that begins nothing stays, and blanks at the end of a line go (rule 3).</summary>
internal sealed class QuotedPrintableDecoder : TransferDecoder
{
    // Blanks or the beginning of an escape that may still turn out either way. A run longer than this is text.
    private const int MaximumHeld = 1024;

    private byte[] _work = [];
    private int _held;
    private bool _isLongRun;

    public static int Hex(int digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    public override int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        if (_isLongRun && _held == 0)
        {
            var blanks = input.IndexOfAnyExcept((byte)' ', (byte)'\t');
            blanks = blanks < 0 ? input.Length : blanks;
            written = Copy(input[..blanks], output);
            input = input[blanks..];
        }

        if (input.IsEmpty)
            return written;
        _isLongRun = false;
        if (_held == 0)
            return written + Hold(input, Decode(input, output[written..], isLast: false, out var taken), taken);
        var length = _held + input.Length;
        if (_work.Length < length)
            Array.Resize(ref _work, length);
        input.CopyTo(_work.AsSpan(_held));
        var all = _work.AsSpan(0, length);
        return Hold(all, Decode(all, output, isLast: false, out var used), used);
    }

    public override int Finish(Span<byte> output)
    {
        var written = Decode(_work.AsSpan(0, _held), output, isLast: true, out _);
        _held = 0;
        return written;
    }

    private int Hold(ReadOnlySpan<byte> input, int written, int taken)
    {
        var rest = input[taken..];
        if (_work.Length < rest.Length)
            _work = new byte[MaximumHeld + 16];
        rest.CopyTo(_work); // may be the same memory: CopyTo copes with that
        _held = rest.Length;
        return written;
    }

    private int Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isLast, out int taken)
    {
        int position = 0, written = 0;
        while (position < input.Length)
        {
            var rest = input[position..];
            var next = rest.IndexOfAny((byte)'=', (byte)'\n');
            if (next < 0)
            {
                var end = TextLength(isLast || rest[^1] != '\r' ? rest : rest[..^1], isOpen: !isLast);
                taken = position + end;
                return written + Copy(rest[..end], output[written..]);
            }

            if (rest[next] == '\n')
            {
                var line = next > 0 && rest[next - 1] == '\r' ? rest[..(next - 1)] : rest[..next];
                written += Copy(line[..TextLength(line, isOpen: false)], output[written..]);
                written += Copy(rest[line.Length..(next + 1)], output[written..]);
                position += next + 1;
                continue;
            }

            written += Copy(rest[..next], output[written..]);
            position += next;
            var used = Escape(input[position..], output, ref written, isLast);
            if (used == 0)
                break;
            position += used;
        }

        taken = position;
        return written;
    }

    // Begins at "=". Returns how much of the input it was, or 0 when more must be seen.
    private int Escape(ReadOnlySpan<byte> input, Span<byte> output, ref int written, bool isLast)
    {
        if (input.Length >= 3 && char.IsAsciiHexDigit((char)input[1]) && char.IsAsciiHexDigit((char)input[2]))
        {
            output[written++] = (byte)((Hex(input[1]) << 4) | Hex(input[2]));
            return 3;
        }

        var end = 1 + input[1..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (end == 0)
            end = input.Length; // only blanks follow
        if (end < input.Length && end <= MaximumHeld && input[end] == '\n')
            return end + 1;
        if (end + 1 < input.Length && end <= MaximumHeld && input[end] == '\r')
            return input[end + 1] == '\n' ? end + 2 : end + 1;
        var isSoftBreak = end <= MaximumHeld && (end >= input.Length || input[end] == '\r');
        if (!isLast && (isSoftBreak || (input.Length == 2 && char.IsAsciiHexDigit((char)input[1]))))
            return 0;
        if (isSoftBreak)
            return input.Length; // at the very end
        IsDamaged = true;
        output[written++] = (byte)'=';
        return 1;
    }

    // Without the blanks at its end, unless they are more than could be held back.
    private int TextLength(ReadOnlySpan<byte> line, bool isOpen)
    {
        var length = line.TrimEnd(" \t"u8).Length;
        if (line.Length - length <= MaximumHeld)
            return length;
        _isLongRun = isOpen;
        return line.Length;
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }
}
