namespace Smtpd.Tests;

/// <summary>Receiving content costs no garbage: not a line, not a dot, not a cut.</summary>
public sealed class AllocationTests
{
    private const int Lines = 10_000;
    private const int Rounds = 4;

    [Theory]
    [InlineData("a line of content as most are, some seventy octets of it, no more\r\n", BareLineBreaks.Preserve)]
    [InlineData("..a line that begins with a dot\r\n", BareLineBreaks.Preserve)]
    [InlineData(".\rno end\r\n", BareLineBreaks.Preserve)]
    [InlineData("a line with a bare\nline feed\r\n", BareLineBreaks.Preserve)]
    [InlineData("a line that is checked\r\n", BareLineBreaks.Reject)]
    [InlineData("a line with a bare\nline feed\r\n", BareLineBreaks.Normalize)]
    public void Ten_thousand_more_lines_allocate_nothing(string line, BareLineBreaks bareLineBreaks)
    {
        // 1000 octets is no multiple of a line, so that lines are cut at every place.
        var content = string.Concat(Enumerable.Repeat(line, Lines)).Select(c => (byte)c).ToArray();
        var pieces = content.Chunk(1000).Select(piece => (ReadOnlyMemory<byte>)piece).ToArray();
        var session = new ScriptedSession(bareLineBreaks, new SmtpLimits { MessageOctets = long.MaxValue / 2 });
        session.Feed("EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n"u8.ToArray());
        Feed(session, pieces);
        var received = session.ContentOctets;

        Assert.Equal(0, LeastAllocated(session, pieces));
        Assert.Equal((1 + Rounds) * received, session.ContentOctets);
        session.Feed(".\r\n"u8.ToArray());
        Assert.EndsWith("250 2.0.0 Message accepted\r\n", session.Replies, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunks_of_BDAT_allocate_nothing_per_octet()
    {
        var session = new ScriptedSession(BareLineBreaks.Preserve, new SmtpLimits { MessageOctets = long.MaxValue / 2 });
        session.Feed("EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nBDAT 60000000 LAST\r\n"u8.ToArray());
        ReadOnlyMemory<byte>[] pieces = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[10_000], 1000)];
        Feed(session, pieces);

        Assert.Equal(0, LeastAllocated(session, pieces));
        Assert.Equal((1 + Rounds) * 10_000_000, session.ContentOctets);
    }

    // Of several rounds, because the runtime allocates once in a while when it compiles a busy method anew.
    private static long LeastAllocated(ScriptedSession session, ReadOnlyMemory<byte>[] pieces)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Feed(session, pieces);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Feed(ScriptedSession session, ReadOnlyMemory<byte>[] pieces)
    {
        foreach (var piece in pieces)
            session.Feed(piece);
    }
}
