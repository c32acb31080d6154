namespace Smtpd.Server.Mime;

/// <summary>RFC 2045 6.8: all characters outside of the alphabet are passed over. Data after padding is a new piece: some programs join encoded pieces.</summary>
internal sealed class Base64Decoder : TransferDecoder
{
    private int _bits;
    private int _count;

    /// <summary>Six bits for each octet, -1 for one outside of the alphabet.</summary>
    public static ReadOnlySpan<sbyte> Values =>
    [
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
        -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
        -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    ];

    public override int Decode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var values = Values;
        int i = 0, written = 0;
        while (i < input.Length)
        {
            while (_count == 0 && i + 4 <= input.Length)
            {
                int a = values[input[i]], b = values[input[i + 1]], c = values[input[i + 2]], d = values[input[i + 3]];
                if ((a | b | c | d) < 0)
                    break;
                var four = (a << 18) | (b << 12) | (c << 6) | d;
                output[written + 2] = (byte)four;
                output[written + 1] = (byte)(four >> 8);
                output[written] = (byte)(four >> 16);
                (i, written) = (i + 4, written + 3);
            }

            if (i == input.Length)
                break;
            var octet = input[i++];
            if (values[octet] >= 0)
                written += Add(values[octet], output[written..]);
            else if (octet == '=')
                written += EndPiece(output[written..]);
            else
                IsDamaged |= octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n');
        }

        return written;
    }

    public override int Finish(Span<byte> output)
    {
        IsDamaged |= _count > 0;
        return EndPiece(output);
    }

    private int Add(int value, Span<byte> output)
    {
        _bits = (_bits << 6) | value;
        if (++_count < 4)
            return 0;
        output[2] = (byte)_bits;
        output[1] = (byte)(_bits >> 8);
        output[0] = (byte)(_bits >> 16);
        _bits = _count = 0;
        return 3;
    }

    private int EndPiece(Span<byte> output)
    {
        var written = _count > 1 ? _count - 1 : 0;
        if (_count == 2)
            output[0] = (byte)(_bits >> 4);
        if (_count == 3)
            (output[0], output[1]) = ((byte)(_bits >> 10), (byte)(_bits >> 2));
        _bits = _count = 0;
        return written;
    }
}
