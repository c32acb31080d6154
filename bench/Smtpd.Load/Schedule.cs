using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Smtpd.Load;

/// <summary>Lets messages go at even distances, whatever has become of those before. What nobody takes at its time waits here.</summary>
internal sealed partial class Schedule(int rate, int messages)
{
    // The clock's own thread begins to send, which saves a hop; it is back at the first reply to wait for.
    private readonly Channel<int> due = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleWriter = true, AllowSynchronousContinuations = true });
    private long start;

    /// <summary>The messages whose time has come, from 0.</summary>
    public ChannelReader<int> Due => due.Reader;

    /// <summary>The most that were due and in nobody's hands.</summary>
    public int MostWaiting { get; private set; }

    /// <summary>When a message is due, in ticks of <see cref="Stopwatch"/>.</summary>
    public long TimeOf(int message) => start + (long)((double)message / rate * Stopwatch.Frequency);

    public void Start(CancellationToken cancellationToken)
    {
        start = Stopwatch.GetTimestamp();
        new Thread(() => Run(cancellationToken)) { IsBackground = true, Name = "schedule" }.Start();
    }

    private void Run(CancellationToken cancellationToken)
    {
        for (var message = 0; message < messages && !cancellationToken.IsCancellationRequested; message++)
        {
            WaitFor(TimeOf(message));
            due.Writer.TryWrite(message);
            MostWaiting = Math.Max(MostWaiting, due.Reader.Count);
        }

        due.Writer.Complete();
    }

    // Thread.Sleep has steps of a millisecond, which would be most of the latency of a quick server. The kernel's own are of some 50 µs.
    private static void WaitFor(long time)
    {
        while (time - Stopwatch.GetTimestamp() is var ticks and > 0)
            _ = Sleep((uint)Math.Clamp(ticks * 1_000_000 / Stopwatch.Frequency, 1, 999_999));
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sleep(uint microseconds);
}
