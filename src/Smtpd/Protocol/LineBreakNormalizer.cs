namespace Smtpd.Protocol;

/// <summary>Turns every bare CR and bare LF of content into CRLF, a slice at a time.</summary>
internal struct LineBreakNormalizer
{
    private static readonly byte[] Crlf = "\r\n"u8.ToArray();

    // A CR is held back until the next octet tells whether it is bare.
    private bool holdsCarriageReturn;

    /// <summary>Takes from <paramref name="content"/> what can be passed on as one piece.</summary>
    /// <returns>Whether there is a piece; when not, all of <paramref name="content"/> was taken.</returns>
    public bool TryRead(ref ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        if (content.IsEmpty)
            return false;
        var octets = content.Span;
        if (holdsCarriageReturn)
        {
            holdsCarriageReturn = false;
            content = content[(octets[0] == '\n' ? 1 : 0)..];
            piece = Crlf;
            return true;
        }

        var from = 0;
        while (true)
        {
            var at = octets[from..].IndexOfAny((byte)'\r', (byte)'\n');
            if (at < 0)
                return Take(octets.Length, ref content, out piece);
            at += from;
            if (octets[at] == '\r' && at + 1 < octets.Length && octets[at + 1] == '\n')
            {
                from = at + 2;
                continue;
            }

            if (at > 0)
                return Take(at, ref content, out piece);
            return octets[0] == '\n' ? TakeBreak(ref content, out piece) : Hold(ref content, out piece);
        }
    }

    private static bool Take(int length, ref ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> piece)
    {
        piece = content[..length];
        content = content[length..];
        return length > 0;
    }

    private static bool TakeBreak(ref ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> piece)
    {
        piece = Crlf;
        content = content[1..];
        return true;
    }

    private bool Hold(ref ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> piece)
    {
        holdsCarriageReturn = true;
        content = content[1..];
        return TryRead(ref content, out piece);
    }
}
