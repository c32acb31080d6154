namespace Smtpd.Transport;

/// <summary>Counts the content that all connections of a server hold in memory on its way to the handlers.</summary>
internal sealed class ContentMemory(long limit)
{
    private long held;

    /// <summary>Whether new mail should wait: what is under way already is let through, so the limit is one of good will, not of every octet.</summary>
    public bool IsExhausted => Volatile.Read(ref held) >= limit;

    public void Take(long octets) => Interlocked.Add(ref held, octets);

    public void Return(long octets) => Interlocked.Add(ref held, -octets);
}
