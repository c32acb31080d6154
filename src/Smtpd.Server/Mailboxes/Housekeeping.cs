namespace Smtpd.Server.Mailboxes;

/// <summary>Removes, once a minute, what its time is over for: old messages and whole mailboxes. Bounded steps, so that arriving mail never waits long.</summary>
internal sealed class Housekeeping(IMessageStore store, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    public void Start() => running = RunAsync(stop.Token);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    /// <summary>One round.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        IReadOnlyList<int> expired;
        while ((expired = await store.ListExpiredMailboxesAsync(now, cancellationToken)).Count > 0)
        {
            foreach (var each in expired)
            {
                if (await store.RemoveMailboxAsync(each, cancellationToken))
                    ServerLog.MailboxExpired(logger, each);
            }
        }

        foreach (var each in await store.ListMailboxesAsync(cancellationToken))
        {
            // An age of more than all of time is no limit.
            if (each.Settings.Limits.Age is not TimeSpan age || age > now - DateTimeOffset.UnixEpoch)
                continue;
            while (await store.DeleteOlderAsync(each.Id, now - age, cancellationToken) > 0)
            {
            }
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        do
        {
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                ServerLog.SweepFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
