namespace Smtpd.Server.Mime;

/// <summary>uuencode (POSIX): <c>begin</c>, lines that begin with their length, <c>end</c>. What is outside is passed over.</summary>
internal sealed class UuDecoder : TransferDecoder
{
    private const int MaximumLine = 1 + (63 + 2) / 3 * 4;

    private readonly byte[] _line = new byte[MaximumLine];
    private int _length;
    private bool _isInside;
    private bool _hasEnded;

    public override int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        while (!input.IsEmpty)
        {
            var end = input.IndexOf((byte)'\n');
            var piece = end < 0 ? input : input[..end];
            var kept = piece[..Math.Min(piece.Length, MaximumLine - _length)];
            kept.CopyTo(_line.AsSpan(_length));
            _length += kept.Length;
            if (end < 0)
                break;
            written += Line(output[written..]);
            input = input[(end + 1)..];
        }

        return written;
    }

    public override int Finish(Span<byte> output)
    {
        var written = Line(output);
        IsDamaged |= !_hasEnded;
        return written;
    }

    private int Line(Span<byte> output)
    {
        var line = _line.AsSpan(0, _length).TrimEnd((byte)'\r');
        _length = 0;
        if (!_isInside)
        {
            _isInside = !_hasEnded && line.StartsWith("begin "u8);
            return 0;
        }

        if (line.SequenceEqual("end"u8))
        {
            (_isInside, _hasEnded) = (false, true);
            return 0;
        }

        if (line.IsEmpty)
            return 0;
        var count = (line[0] - 32) & 63;
        var written = 0;
        for (var i = 1; written < count && i < line.Length; i += 4)
        {
            var bits = 0;
            for (var j = 0; j < 4; j++)
                bits = (bits << 6) | (i + j < line.Length ? (line[i + j] - 32) & 63 : 0);
            for (var shift = 16; shift >= 0 && written < count; shift -= 8)
                output[written++] = (byte)(bits >> shift);
        }

        IsDamaged |= written < count;
        return written;
    }
}
