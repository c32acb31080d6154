namespace Smtpd.Server.Storage;

/// <summary>Free space where the data is. Asked at every message, looked up once a second.</summary>
internal sealed class FreeSpace
{
    private readonly string directory;
    private readonly TimeProvider clock;
    private long nextLook;
    private long octets;

    public FreeSpace(string directory, TimeProvider clock)
    {
        this.directory = directory;
        this.clock = clock;
        octets = Look();
        nextLook = clock.GetTimestamp() + clock.TimestampFrequency;
    }

    public long Octets
    {
        get
        {
            var now = clock.GetTimestamp();
            var due = Volatile.Read(ref nextLook);
            // Whoever wins the exchange looks; the others use the old value for that moment.
            if (now >= due && Interlocked.CompareExchange(ref nextLook, now + clock.TimestampFrequency, due) == due)
                Volatile.Write(ref octets, Look());
            return Volatile.Read(ref octets);
        }
    }

    private long Look()
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return 0; // a file system that does not even answer has no room
        }
    }
}
