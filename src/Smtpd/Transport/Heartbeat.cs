using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Smtpd.Diagnostics;

namespace Smtpd.Transport;

/// <summary>One timer for all deadlines: once a second it tells every connection what time it is.</summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<SmtpConnectionPump, bool> connections = new();
    private readonly TimeProvider timeProvider;
    private readonly ILogger logger;
    private readonly long started;
    private readonly ITimer timer;
    private long now;

    public Heartbeat(TimeProvider timeProvider, ILogger logger)
    {
        this.timeProvider = timeProvider;
        this.logger = logger;
        started = timeProvider.GetTimestamp();
        timer = timeProvider.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Interval, Interval);
    }

    /// <summary>Milliseconds since the start, as of the last beat: no system call a command, a second of inaccuracy.</summary>
    public long Now => Volatile.Read(ref now);

    public int Count => connections.Count;

    public ICollection<SmtpConnectionPump> Connections => connections.Keys;

    public void Add(SmtpConnectionPump connection) => connections.TryAdd(connection, true);

    public void Remove(SmtpConnectionPump connection) => connections.TryRemove(connection, out _);

    public void Dispose() => timer.Dispose();

    private void Beat()
    {
        var time = (long)timeProvider.GetElapsedTime(started).TotalMilliseconds;
        Volatile.Write(ref now, time);
        foreach (var (connection, _) in connections)
        {
#pragma warning disable CA1031 // A beat that throws would end the process; the deadlines of the others are due all the same.
            try
            {
                connection.Tick(time);
            }
            catch (Exception exception)
            {
                Log.HeartbeatFailed(logger, exception);
            }
#pragma warning restore CA1031
        }
    }
}
