using System.Collections.Immutable;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Those who wait for a message. Bounded: a waiting request holds a connection and is asked about every message.</summary>
internal sealed class MessageWaiters
{
    private const int PageSize = 500;

    private readonly IMessageStore store;
    private readonly CallerShares shares;
    private readonly TimeProvider clock;
    private ImmutableHashSet<Waiter> waiters = [];

    public MessageWaiters(IMessageStore store, int maximum, TimeProvider clock)
    {
        this.store = store;
        shares = new(maximum);
        this.clock = clock;
        store.Feed.Subscribe(Offer);
    }

    public int Count => (int)shares.Taken;

    /// <summary>The first message after <paramref name="since"/> that fits, be it there or still to come.</summary>
    /// <returns><c>null</c> when the time is over.</returns>
    /// <exception cref="ShareTakenException">Too many wait already on behalf of this caller.</exception>
    /// <exception cref="StoreUnavailableException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The client has gone or the server stops.</exception>
    public async Task<Message?> WaitAsync(Caller caller, int mailboxId, MessageFilter filter, long since, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Waiter waiter = new(mailboxId, filter, since);
        switch (shares.TryTake(caller))
        {
            case ShareResult.ShareTaken:
                throw new ShareTakenException("Too many users of this mailbox wait for messages already: they share a quarter of Http:Waiters. End one of them.");
            case ShareResult.AllTaken:
                throw new StoreUnavailableException("Too many requests wait for messages already (Http:Waiters). Try again later.");
        }

        try
        {
            ImmutableInterlocked.Update(ref waiters, (all, one) => all.Add(one), waiter);
            // Enlisted before looking: what arrives while we look is not missed.
            return await FindAsync(waiter, cancellationToken) ?? await waiter.Arrival.WaitAsync(timeout, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            ImmutableInterlocked.Update(ref waiters, (all, one) => all.Remove(one), waiter);
            shares.GiveBack(caller);
        }
    }

    private async Task<Message?> FindAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        for (var after = waiter.Since; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await store.ListAsync(waiter.MailboxId, new(after, PageSize, Descending: false), cancellationToken);
            if (page.FirstOrDefault(waiter.Filter.Fits) is Message found)
                return found;
            if (page.Count < PageSize)
                return null;
            after = page[^1].Uid;
        }
    }

    private void Offer(MailEvent happened)
    {
        if (happened is not MessageStored stored)
            return;
        foreach (var each in waiters)
            each.Offer(stored.Message);
    }

    private sealed class Waiter(int mailboxId, MessageFilter filter, long since)
    {
        private readonly TaskCompletionSource<Message?> arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int MailboxId => mailboxId;
        public MessageFilter Filter => filter;
        public long Since => since;
        public Task<Message?> Arrival => arrival.Task;

        public void Offer(Message message)
        {
            if (message.MailboxId == mailboxId && message.Uid > since && filter.Fits(message))
                arrival.TrySetResult(message);
        }
    }
}
