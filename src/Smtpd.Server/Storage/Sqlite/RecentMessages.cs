using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>
/// Messages that came a moment ago and wait to be indexed: what would otherwise be read back from the database, where each of them costs two queries. Bounded; what is not here is there.
/// Thread-safe.
/// </summary>
internal sealed class RecentMessages(SqliteClaims claims, long maximumOctets = 16 << 20)
{
    private const long Overhead = 2048;

    private readonly Lock gate = new();
    private readonly Dictionary<MessageId, RecentMessage> known = [];
    private readonly Queue<MessageId> waiting = new();
    private long octets;

    // Whether whatever waits in the database waits here too. Not at the start, and not after there was no room for one.
    private bool isComplete;

    /// <summary>To be called after the commit and before anybody hears of it.</summary>
    public void Add(MessageToIndex message, IReadOnlyList<Message> stored, SpooledContent content)
    {
        var isHeld = !content.IsInFile && content.Length <= MessageToIndex.LargestContent;
        RecentMessage recent = new(isHeld ? message with { Content = content.Octets.ToArray() } : message, stored);
        lock (gate)
        {
            if (octets + SizeOf(recent) > maximumOctets)
            {
                isComplete = false;
                return;
            }

            octets += SizeOf(recent);
            known.Add(message.Id, recent);
            waiting.Enqueue(message.Id);
        }
    }

    /// <summary>The oldest ones that wait, for the caller alone. None when the database knows more than we do.</summary>
    public IReadOnlyList<MessageToIndex> Take(int limit)
    {
        List<MessageToIndex> taken = [];
        lock (gate)
        {
            while (isComplete && taken.Count < limit && waiting.TryDequeue(out var id))
            {
                if (known.TryGetValue(id, out var recent) && !claims.IsHeld(id))
                    taken.Add(recent.ToIndex);
            }
        }

        return taken;
    }

    /// <summary>The database is about to be asked for all that waits: it knows all that was added until now.</summary>
    public void BeginLook()
    {
        lock (gate)
        {
            waiting.Clear();
            isComplete = true;
        }
    }

    /// <summary>It had more than it was asked for.</summary>
    public void HasMore()
    {
        lock (gate)
            isComplete = false;
    }

    public RecentMessage? Find(MessageId id)
    {
        lock (gate)
            return known.GetValueOrDefault(id);
    }

    /// <summary>The messages are indexed.</summary>
    public void Forget(IEnumerable<MessageId> ids)
    {
        lock (gate)
        {
            foreach (var each in ids)
                Remove(each);
        }
    }

    /// <summary>The message is deleted, unless the transaction fails: then the database has it.</summary>
    public void Deleted(MessageId id)
    {
        lock (gate)
            isComplete &= !Remove(id);
    }

    private bool Remove(MessageId id)
    {
        if (!known.Remove(id, out var recent))
            return false;
        octets -= SizeOf(recent);
        return true;
    }

    private static long SizeOf(RecentMessage message) => Overhead + (message.ToIndex.Content?.Length ?? 0);
}

/// <param name="Stored">As it was stored in each mailbox.</param>
internal sealed record RecentMessage(MessageToIndex ToIndex, IReadOnlyList<Message> Stored);
