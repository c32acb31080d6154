namespace Smtpd.Protocol;

/// <summary>What may be wrong with content while it arrives. It is read to its end all the same; of several faults the last in this list is told.</summary>
internal enum ContentFault
{
    None,

    /// <summary>A line of more octets than the server takes.</summary>
    LineTooLong,

    /// <summary>A CR or LF outside CRLF, on a server that refuses it.</summary>
    BareLineBreak,

    /// <summary>More octets than the server takes.</summary>
    TooLarge,
}

/// <summary>Counts the octets of a message and looks at its lines, a slice at a time and without a step per octet.</summary>
internal struct ContentCheck(long sizeLimit, int lineLimit, bool refuseBareLineBreaks)
{
    private long lineLength;
    private bool endsWithCarriageReturn;

    /// <summary>Octets of content so far, dots taken away (RFC 1870 §5).</summary>
    public long Octets { get; private set; }

    /// <summary>The worst fault so far. Not the first one: which is found first depends on how the content was cut.</summary>
    public ContentFault Fault { get; private set; }

    /// <summary>Looks at the next slice of content that came by DATA.</summary>
    public void AddLines(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return;
        AddOctets(content.Length);
        if (refuseBareLineBreaks && Fault < ContentFault.BareLineBreak && HasBareLineBreak(content))
            Fault = ContentFault.BareLineBreak;
        if (Fault < ContentFault.LineTooLong && IsLineTooLong(content))
            Fault = ContentFault.LineTooLong;
    }

    /// <summary>Counts content that has no lines, as BDAT brings it.</summary>
    public void AddOctets(long count)
    {
        Octets += count;
        if (Octets > sizeLimit)
            Fault = ContentFault.TooLarge;
    }

    // Three vectorised counts instead of a look at each line: there is no bare CR or LF when there are as many of each as of both together.
    private bool HasBareLineBreak(ReadOnlySpan<byte> content)
    {
        var carriageReturns = content.Count((byte)'\r');
        var lineFeeds = content.Count((byte)'\n');
        var pairs = content.Count("\r\n"u8);
        if (endsWithCarriageReturn)
        {
            if (content[0] != '\n')
                return true;
            lineFeeds--;
        }

        endsWithCarriageReturn = content[^1] == '\r';
        if (endsWithCarriageReturn)
            carriageReturns--;
        return carriageReturns != pairs || lineFeeds != pairs;
    }

    // A slice in which no line can reach the limit costs one search from its end.
    private bool IsLineTooLong(ReadOnlySpan<byte> content)
    {
        if (lineLength + content.Length > lineLimit)
        {
            var rest = content;
            for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                if (lineLength + end + 1 > lineLimit)
                    return true;
                lineLength = 0;
                rest = rest[(end + 1)..];
            }

            lineLength += rest.Length;
            return lineLength > lineLimit;
        }

        var last = content.LastIndexOf((byte)'\n');
        lineLength = last < 0 ? lineLength + content.Length : content.Length - last - 1;
        return false;
    }
}
