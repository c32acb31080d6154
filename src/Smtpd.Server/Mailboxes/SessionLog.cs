namespace Smtpd.Server.Mailboxes;

/// <summary>A connection that ended, for people who ask why no mail came.</summary>
/// <param name="Id">As in the log.</param>
/// <param name="MailboxIds">The mailboxes that it logged in to, delivered to or was refused by.</param>
/// <param name="Messages">How many were stored.</param>
/// <param name="Refused">Whether something was refused: a login, a sender, a recipient or a message.</param>
/// <param name="Transcript">The latest part of the dialogue, secrets blanked.</param>
internal sealed record SessionRecord(
    string Id, DateTimeOffset StartedAt, DateTimeOffset EndedAt, string? RemoteAddress, string? Helo, string? User,
    IReadOnlyCollection<int> MailboxIds, int Messages, bool Refused, string Transcript);

/// <summary>The latest connections that ended without a message or with a refusal: a ring for all and one for each mailbox. Thread-safe.</summary>
/// <remarks>In memory and of this node alone: a flood of strangers must not become a flood of writes.</remarks>
internal sealed class SessionLog(int capacity, int capacityPerMailbox)
{
    // A mailbox that nobody has used for long gives its ring to others.
    private const int MaximumMailboxes = 1000;

    private readonly Lock gate = new();
    private readonly LinkedList<SessionRecord> all = new();
    private readonly Dictionary<int, LinkedList<SessionRecord>> byMailbox = [];
    private readonly LinkedList<int> mailboxesByUse = new();

    public void Add(SessionRecord record)
    {
        lock (gate)
        {
            Add(all, record, capacity);
            foreach (var each in record.MailboxIds)
                Add(Ring(each), record, capacityPerMailbox);
        }
    }

    /// <summary>The latest first.</summary>
    public IReadOnlyList<SessionRecord> List(int? mailboxId, int limit)
    {
        lock (gate)
        {
            var ring = mailboxId is not int id ? all : byMailbox.GetValueOrDefault(id);
            return ring is null ? [] : [.. ring.Take(limit)];
        }
    }

    private static void Add(LinkedList<SessionRecord> ring, SessionRecord record, int capacity)
    {
        ring.AddFirst(record);
        if (ring.Count > capacity)
            ring.RemoveLast();
    }

    private LinkedList<SessionRecord> Ring(int mailboxId)
    {
        if (byMailbox.TryGetValue(mailboxId, out var ring))
        {
            mailboxesByUse.Remove(mailboxId);
        }
        else
        {
            byMailbox.Add(mailboxId, ring = new());
            if (mailboxesByUse.Count == MaximumMailboxes)
            {
                byMailbox.Remove(mailboxesByUse.Last!.Value);
                mailboxesByUse.RemoveLast();
            }
        }

        mailboxesByUse.AddFirst(mailboxId);
        return ring;
    }
}
