using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>
/// Whose turn it is to have a message read. What is being read and shown is bounded in octets, and how many wait for it in number; the users of one mailbox have a part of both. Thread-safe.
/// </summary>
internal sealed class ReadingTurns(long maximumOctets, int maximumWaiting, TimeSpan patience, TimeProvider clock)
{
    private readonly CallerShares octets = new(maximumOctets);
    private readonly CallerShares waiting = new(maximumWaiting);

    // Guards the list: a turn that is given back goes to one that waits before anybody else asks.
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> queue = new();

    /// <summary>Waits for a turn, which ends when the result is disposed.</summary>
    /// <exception cref="ShareTakenException">The users of this mailbox have too many waiting already.</exception>
    /// <exception cref="StoreUnavailableException">Too many wait, or it took too long.</exception>
    public async Task<IDisposable> EnterAsync(Caller caller, long weight, CancellationToken cancellationToken)
    {
        Turn turn = new(this, caller, weight);
        LinkedListNode<Waiter> node;
        lock (gate)
        {
            if (octets.TryTake(caller, weight) == ShareResult.Taken)
                return turn;
            switch (waiting.TryTake(caller))
            {
                case ShareResult.ShareTaken:
                    throw new ShareTakenException("Too many messages of this mailbox are asked for at the same time. Ask for fewer.");
                case ShareResult.AllTaken:
                    throw Busy();
            }

            node = queue.AddLast(new Waiter(caller, weight));
        }

        try
        {
            await node.Value.Given.Task.WaitAsync(patience, clock, cancellationToken);
            return turn;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // It may have been given in this moment.
            if (!TryGiveUp(node))
                turn.Dispose();
            if (e is TimeoutException)
                throw Busy();
            throw;
        }
        finally
        {
            waiting.GiveBack(caller);
        }
    }

    private static StoreUnavailableException Busy() => new("Too many large messages are being read already. Try again later.");

    private bool TryGiveUp(LinkedListNode<Waiter> node)
    {
        lock (gate)
        {
            if (node.List is null)
                return false;
            queue.Remove(node);
            return true;
        }
    }

    private void Leave(Caller caller, long weight)
    {
        lock (gate)
        {
            octets.GiveBack(caller, weight);
            for (var node = queue.First; node is not null;)
            {
                var next = node.Next;
                if (octets.TryTake(node.Value.Caller, node.Value.Weight) == ShareResult.Taken)
                {
                    queue.Remove(node);
                    node.Value.Given.SetResult();
                }

                node = next;
            }
        }
    }

    private sealed record Waiter(Caller Caller, long Weight)
    {
        public TaskCompletionSource Given { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Turn(ReadingTurns turns, Caller caller, long weight) : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0)
                turns.Leave(caller, weight);
        }
    }
}

/// <summary>The users of a mailbox ask for more at the same time than their part of what there is; the message says what to do.</summary>
internal sealed class ShareTakenException(string message) : Exception(message);
