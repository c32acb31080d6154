using Smtpd.Checks;

namespace Smtpd;

/// <summary>Counts in this process: never more than the limit in any window of time, wherever it begins. Thread-safe.</summary>
/// <remarks>What was taken in a tenth of the window comes back when that tenth has left the window.</remarks>
public sealed class InMemoryRateLimiter : IRateLimiter
{
    // A window touches ten whole slots and a part of one more: what counts is the sum of the eleven.
    private const int SlotsPerWindow = 10;
    private const int Slots = SlotsPerWindow + 1;

    private readonly int limit;
    private readonly TimeSpan slot;
    private readonly TimeProvider timeProvider;
    private readonly long started;
    private readonly ForgettingMap<Counter> counters;

    /// <summary>Makes a limiter.</summary>
    /// <param name="limit">How many in a window; at least 1.</param>
    /// <param name="window">The window, at least 10 milliseconds.</param>
    /// <param name="timeProvider">The clock; null is the system's.</param>
    /// <param name="capacity">Keys that are remembered at a time; the ones not seen longest are forgotten first, and begin anew.</param>
    public InMemoryRateLimiter(int limit, TimeSpan window, TimeProvider? timeProvider = null, int capacity = 100_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        this.limit = limit;
        this.timeProvider = timeProvider ?? TimeProvider.System;
        slot = window / SlotsPerWindow;
        started = this.timeProvider.GetTimestamp();
        counters = new ForgettingMap<Counter>(capacity, window + slot, this.timeProvider);
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(TryTake(key));
    }

    internal bool TryTake(string key)
    {
        var now = timeProvider.GetElapsedTime(started).Ticks / slot.Ticks;
        return counters.GetOrAdd(key, static () => new Counter()).TryTake(now, limit);
    }

    internal int Count => counters.Count;

    private sealed class Counter
    {
        private readonly Lock gate = new();
        private readonly int[] taken = new int[Slots];
        private long last;
        private int sum;

        public bool TryTake(long now, int limit)
        {
            lock (gate)
            {
                // The slots in between have seen nothing; more than all of them need not be emptied twice.
                for (var slot = Math.Max(last, now - Slots) + 1; slot <= now; slot++)
                {
                    sum -= taken[slot % Slots];
                    taken[slot % Slots] = 0;
                }

                last = Math.Max(last, now);
                if (sum >= limit)
                    return false;
                taken[now % Slots]++;
                sum++;
                return true;
            }
        }
    }
}
