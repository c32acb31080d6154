namespace Smtpd;

/// <summary>Counts messages a mailbox in fixed windows, for all connections of a server.</summary>
internal sealed class MailboxRateLimiter(TimeProvider timeProvider)
{
    // Windows are at most ten seconds long, so the sweep finds nearly all of them over.
    private const int SweepAt = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<int, Window> windows = [];

    /// <summary>Counts one more message.</summary>
    /// <param name="mailboxId">The mailbox.</param>
    /// <param name="limit">Messages in a window: of one second, or of ten seconds when the limit is above ten, as the seed has it.</param>
    /// <returns>Whether the message is within the limit.</returns>
    public bool TryCount(int mailboxId, int limit)
    {
        var now = timeProvider.GetTimestamp();
        lock (gate)
        {
            if (windows.Count >= SweepAt)
                Sweep(now);
            if (!windows.TryGetValue(mailboxId, out var window) || IsOver(window, now))
                window = new Window(now, TimeSpan.FromSeconds(limit > 10 ? 10 : 1), 0);
            if (window.Messages >= limit)
                return false;
            windows[mailboxId] = window with { Messages = window.Messages + 1 };
            return true;
        }
    }

    private bool IsOver(Window window, long now) => timeProvider.GetElapsedTime(window.Start, now) >= window.Length;

    private void Sweep(long now)
    {
        foreach (var (mailboxId, window) in windows)
        {
            if (IsOver(window, now))
                windows.Remove(mailboxId);
        }
    }

    private readonly record struct Window(long Start, TimeSpan Length, int Messages);
}
