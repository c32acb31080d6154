namespace Smtpd.Server.Exchange;

/// <summary>mboxrd: a line of any number of <c>&gt;</c> and <c>From </c> gets one <c>&gt;</c> more, and loses it again, up to <see cref="MaximumDepth"/> of them.</summary>
internal static class MboxQuoting
{
    /// <summary>How far both directions look. More are content; the one line that cannot be told apart, and loses a <c>&gt;</c>, is one of exactly so many.</summary>
    public const int MaximumDepth = 1000;

    public static bool IsQuoted(ReadOnlySpan<byte> line)
    {
        var depth = line.IndexOfAnyExcept((byte)'>');
        return depth is >= 1 and <= MaximumDepth && line[depth..].StartsWith("From "u8);
    }
}
