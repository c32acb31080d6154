namespace Smtpd.Transport;

/// <summary>The deadlines of one connection, as numbers that the heartbeat compares. Set by the pump, read by the heartbeat.</summary>
internal sealed class Deadlines(SmtpTimeouts timeouts, long now)
{
    // A sender has this long before its average is looked at.
    private const long RateGrace = 60_000;

    private readonly long connection = now + Milliseconds(timeouts.Connection);
    private long read = long.MaxValue;
    private long write = long.MaxValue;
    private long handler = long.MaxValue;
    private long commandDue;
    private int linesSeen;

    // How long content was waited for in all, and what came; the time that the handler takes is not the peer's.
    private long contentWait;
    private long contentOctets;
    private long contentSince = long.MaxValue;

    public enum Passed
    {
        None,
        Read,
        DataRate,
        Write,
        Handler,
        Connection,
    }

    /// <summary>The handler is asked, and everything waits for it.</summary>
    public void AwaitHandler(long time) => Volatile.Write(ref handler, time + Milliseconds(timeouts.Handler));

    public void HandlerAnswered() => Volatile.Write(ref handler, long.MaxValue);

    /// <summary>The TLS handshake is due.</summary>
    public void AwaitHandshake(long time) => Volatile.Write(ref read, time + Milliseconds(timeouts.Handshake));

    /// <summary>The PROXY header is due.</summary>
    public void AwaitProxyHeader(long time) => Volatile.Write(ref read, time + Milliseconds(timeouts.ProxyHeader));

    /// <summary>The next command is due. Its deadline stands from the end of the last one, in whatever pieces it comes.</summary>
    /// <param name="time">Now.</param>
    /// <param name="linesTaken">How many command lines have come to their end so far.</param>
    public void AwaitCommand(long time, int linesTaken)
    {
        if (commandDue == 0 || linesTaken != linesSeen)
        {
            commandDue = time + Milliseconds(linesTaken == 0 ? timeouts.Greeting : timeouts.Command);
            linesSeen = linesTaken;
        }

        Volatile.Write(ref read, commandDue);
    }

    /// <summary>Content is due.</summary>
    public void AwaitContent(long time)
    {
        Volatile.Write(ref read, time + Milliseconds(timeouts.Data));
        Volatile.Write(ref contentSince, time);
    }

    /// <summary>Content came.</summary>
    public void ContentTaken(long time, int octets)
    {
        contentWait += time - contentSince;
        contentOctets += octets;
        Volatile.Write(ref contentSince, long.MaxValue);
    }

    /// <summary>The next content is another message's.</summary>
    public void ContentEnded()
    {
        contentWait = 0;
        contentOctets = 0;
        commandDue = 0;
    }

    /// <summary>The peer has until then to end its side after a refusal.</summary>
    public void AwaitEnd(long time) => Volatile.Write(ref read, time + 2_000);

    /// <summary>Nothing is expected of the peer.</summary>
    public void StopReading() => Volatile.Write(ref read, long.MaxValue);

    public void AwaitWrite(long time) => Volatile.Write(ref write, time + Milliseconds(timeouts.Write));

    public void StopWriting() => Volatile.Write(ref write, long.MaxValue);

    public Passed Check(long time)
    {
        if (time > Volatile.Read(ref write))
            return Passed.Write;
        if (time > Volatile.Read(ref handler))
            return Passed.Handler;
        if (Volatile.Read(ref read) is var due && due == long.MaxValue)
            return Passed.None;
        if (time > due)
            return Passed.Read;
        if (time > connection)
            return Passed.Connection;
        return IsTooSlow(time) ? Passed.DataRate : Passed.None;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private bool IsTooSlow(long time)
    {
        var since = Volatile.Read(ref contentSince);
        if (since == long.MaxValue || timeouts.MinimumDataRate == 0)
            return false;
        var waited = contentWait + time - since;
        return waited > RateGrace && contentOctets * 1000 < waited * timeouts.MinimumDataRate;
    }
}
