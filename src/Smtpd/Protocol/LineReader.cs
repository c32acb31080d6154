using System.Text;

namespace Smtpd.Protocol;

/// <summary>What is wrong with a command line as such, before anything is read out of it.</summary>
internal enum LineFault
{
    None,

    /// <summary>A CR, LF or NUL within the line.</summary>
    BareLineBreak,

    /// <summary>More octets than allowed. The line was skipped to its end.</summary>
    TooLong,

    /// <summary>The same of AUTH, which has a status of its own (RFC 4954 §6).</summary>
    AuthenticationTooLong,
}

/// <summary>Cuts command lines out of arrivals. A line that came whole is a slice of its arrival; only a cut line is copied.</summary>
/// <remarks>Only CRLF ends a line (RFC 5321 §2.3.8), so that a line hidden behind a bare LF is refused as part of the line around it.</remarks>
internal sealed class LineReader(int limit, bool bareLineFeedEnds)
{
    private const int LongLimit = SmtpLimits.AuthenticationLineOctets;

    private static ReadOnlySpan<byte> Auth => "AUTH "u8;

    // A buffer that a long line made is not kept for the rest of the connection.
    private const int KeptOctets = 4096;

    private byte[] pending = [];
    private int pendingLength;
    private bool endsWithCarriageReturn;
    private bool isTooLong;
    private bool isAuthentication;

    /// <summary>Whether the next line answers a challenge of AUTH and may be as long as RFC 4954 §4 allows, as AUTH itself always may.</summary>
    public bool IsSaslResponse { get; set; }

    /// <summary>Whether the line to come begins with a TLS record, whose first octets are 22 and 3. Decided by the second octet, so however the input is cut.</summary>
    public bool BeginsWithTls(ReadOnlySpan<byte> input) => pendingLength switch
    {
        0 => input is [0x16, 0x03, ..],
        1 => pending[0] == 0x16 && input is [0x03, ..],
        _ => false,
    };

    /// <summary>Takes octets from <paramref name="input"/>; all of them when no line ends there.</summary>
    /// <param name="input">What arrived; advanced behind what was taken.</param>
    /// <param name="line">The line without its end; good until the next call.</param>
    /// <param name="fault">Why the line must not be run.</param>
    /// <returns>Whether a line ended.</returns>
    public bool TryRead(ref ReadOnlyMemory<byte> input, out ReadOnlySpan<byte> line, out LineFault fault)
    {
        var octets = input.Span;
        var from = 0;
        while (true)
        {
            var lineFeed = octets[from..].IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                Keep(octets);
                input = default;
                line = default;
                fault = LineFault.None;
                return false;
            }

            lineFeed += from;
            var isCrlf = lineFeed > 0 ? octets[lineFeed - 1] == '\r' : endsWithCarriageReturn;
            if (isCrlf || bareLineFeedEnds)
            {
                input = input[(lineFeed + 1)..];
                line = Finish(octets[..(lineFeed + 1)], isCrlf ? 2 : 1, out fault);
                return true;
            }

            from = lineFeed + 1;
        }
    }

    /// <summary>Forgets a line that has begun.</summary>
    public void Clear()
    {
        pendingLength = 0;
        endsWithCarriageReturn = false;
        isTooLong = false;
        isAuthentication = false;
        if (pending.Length > KeptOctets)
            pending = [];
    }

    /// <summary>Overwrites what is left of lines that have come: the last one held a secret.</summary>
    public void Wipe() => pending.AsSpan().Clear();

    private bool MayBeLong(ReadOnlySpan<byte> line) =>
        line.Length <= LongLimit && (IsSaslResponse || IsAuthentication(line));

    private static bool IsAuthentication(ReadOnlySpan<byte> line) => line.Length > Auth.Length && Ascii.EqualsIgnoreCase(line[..Auth.Length], Auth);

    /// <summary>The line that ends or goes on with <paramref name="octets"/> is too long: all that is remembered of it is whether it was AUTH.</summary>
    private void GiveUp(ReadOnlySpan<byte> octets)
    {
        Span<byte> beginning = stackalloc byte[Auth.Length + 1];
        var kept = pending.AsSpan(0, Math.Min(pendingLength, beginning.Length));
        kept.CopyTo(beginning);
        octets[..Math.Min(octets.Length, beginning.Length - kept.Length)].CopyTo(beginning[kept.Length..]);
        isAuthentication = IsAuthentication(beginning);
        isTooLong = true;
        pendingLength = 0;
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        endsWithCarriageReturn = octets[^1] == '\r';
        if (isTooLong)
            return;
        var length = pendingLength + octets.Length;
        if (length > Math.Max(limit, LongLimit))
        {
            GiveUp(octets);
            return;
        }

        if (pending.Length < length)
            Array.Resize(ref pending, Math.Min(Math.Max(limit, LongLimit), Math.Max(128, 2 * length)));
        octets.CopyTo(pending.AsSpan(pendingLength));
        pendingLength = length;
        if (length > limit && !MayBeLong(pending.AsSpan(0, length)))
            GiveUp([]);
    }

    private ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> tail, int endLength, out LineFault fault)
    {
        ReadOnlySpan<byte> line;
        if (pendingLength == 0)
        {
            if (!isTooLong && tail.Length > limit && !MayBeLong(tail))
                GiveUp(tail);
            line = tail;
        }
        else
        {
            Keep(tail);
            line = pending.AsSpan(0, pendingLength);
        }

        if (isTooLong)
        {
            fault = isAuthentication ? LineFault.AuthenticationTooLong : LineFault.TooLong;
            Clear();
            return default;
        }

        Clear();
        line = line[..^endLength];
        fault = line.IndexOfAny((byte)'\r', (byte)'\n', (byte)0) >= 0 ? LineFault.BareLineBreak : LineFault.None;
        return line;
    }
}
