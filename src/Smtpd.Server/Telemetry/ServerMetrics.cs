using System.Diagnostics.Metrics;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Telemetry;

/// <summary>What the program measures besides the library: the meter <c>Smtpd.Server</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string MeterName = "Smtpd.Server";

    /// <summary>Every meter that is shown.</summary>
    public static readonly IReadOnlyList<string> Meters = ["Smtpd", MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly Meter meter = new(MeterName, ServeCommand.Version);
    private readonly IMessageStore store;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private long backlog;
    private Task asking = Task.CompletedTask;
    private long askedAt;

    /// <param name="waiters">How many requests wait for a message now.</param>
    /// <param name="listeners">How many listen to events now.</param>
    public ServerMetrics(IMessageStore store, Func<int> waiters, Func<int> listeners, TimeProvider clock)
    {
        (this.store, this.clock) = (store, clock);
        askedAt = clock.GetTimestamp() - clock.TimestampFrequency;
        var messages = meter.CreateCounter<long>("smtpd.mailbox.messages", "{message}", "Messages that came into mailboxes, each mailbox counted");
        var octets = meter.CreateCounter<long>("smtpd.mailbox.octets", "By", "Octets of messages that came into mailboxes, each mailbox counted");
        var removed = meter.CreateCounter<long>("smtpd.mailbox.removed", "{message}", "Messages that were deleted, by people or by limits");
        meter.CreateObservableGauge("smtpd.index.backlog", () => Backlog(), "{message}", "Messages that are stored and not yet readable by search");
        meter.CreateObservableUpDownCounter("smtpd.http.waiters", waiters, "{request}", "Requests that wait for a message");
        meter.CreateObservableUpDownCounter("smtpd.http.event_listeners", listeners, "{request}", "Requests that listen to events");
        meter.CreateObservableGauge("smtpd.build", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", ServeCommand.Version)), null, "Always 1; the version is in the label");
        store.Feed.Subscribe(happened =>
        {
            if (happened is MessageStored stored)
            {
                messages.Add(1);
                octets.Add(stored.Message.Size);
            }
            else if (happened is MessagesRemoved gone)
            {
                removed.Add(gone.Uids.Count);
            }
        });
    }

    /// <summary>Asks the store for what cannot be asked in passing.</summary>
    public async Task RefreshAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await Ask().WaitAsync(patience, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The last known number is shown: whoever looks wants to see what is wrong with the store.
        }
    }

    public void Dispose() => meter.Dispose();

    // Who exports on a timer sees the number of the time before.
    private long Backlog()
    {
        _ = Ask();
        return Volatile.Read(ref backlog);
    }

    private Task Ask()
    {
        lock (gate)
        {
            if (!asking.IsCompleted || clock.GetElapsedTime(askedAt) < TimeSpan.FromSeconds(1))
                return asking;
            askedAt = clock.GetTimestamp();
            return asking = AskAsync();
        }
    }

    private async Task AskAsync()
    {
        await Task.Yield();
        try
        {
            Volatile.Write(ref backlog, await store.CountToIndexAsync(CancellationToken.None));
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectDisposedException)
        {
            // Asked again next time.
        }
    }
}
