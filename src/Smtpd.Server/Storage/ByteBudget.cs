namespace Smtpd.Server.Storage;

/// <summary>An amount of memory that many share. Nobody waits for it: who gets none does without.</summary>
internal sealed class ByteBudget(long limit)
{
    private long taken;

    public long Taken => Interlocked.Read(ref taken);

    public bool TryTake(long octets)
    {
        if (Interlocked.Add(ref taken, octets) <= limit)
            return true;
        GiveBack(octets);
        return false;
    }

    public void GiveBack(long octets) => Interlocked.Add(ref taken, -octets);
}
