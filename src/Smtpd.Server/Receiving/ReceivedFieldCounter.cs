namespace Smtpd.Server.Receiving;

/// <summary>Counts <c>Received</c> fields while a message passes by in pieces, however it is cut. Keeps at most nine octets.</summary>
/// <remarks>A bare LF ends a line here too: a loop must be seen even where some hop spoilt the line ends.</remarks>
internal struct ReceivedFieldCounter
{
    private static ReadOnlySpan<byte> Name => "received:"u8;

    // How many octets of the current line matched so far, -1 when it is some other field.
    private int matched;
    private bool lineIsEmpty = true;

    public ReceivedFieldCounter()
    {
    }

    public int Count { get; private set; }

    /// <summary>The empty line was seen; what follows is body.</summary>
    public bool IsAtEnd { get; private set; }

    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!IsAtEnd && !octets.IsEmpty)
        {
            if (matched < 0)
            {
                var lineFeed = octets.IndexOf((byte)'\n');
                if (lineFeed < 0)
                    return;
                octets = octets[(lineFeed + 1)..];
                (matched, lineIsEmpty) = (0, true);
                continue;
            }

            Next(octets[0]);
            octets = octets[1..];
        }
    }

    private void Next(byte octet)
    {
        if (octet == '\n')
        {
            IsAtEnd = lineIsEmpty;
            (matched, lineIsEmpty) = (0, true);
            return;
        }

        if (octet == '\r' && matched == 0)
            return; // probably of the empty line
        lineIsEmpty = false;
        var isColon = matched == Name.Length - 1;
        matched = (isColon ? octet : octet | 0x20) == Name[matched] ? matched + 1 : -1; // 0x20 makes a letter small
        if (matched == Name.Length)
        {
            Count++;
            matched = -1;
        }
    }
}
