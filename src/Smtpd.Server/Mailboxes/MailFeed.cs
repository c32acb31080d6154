using System.Collections.Immutable;

namespace Smtpd.Server.Mailboxes;

/// <summary>Tells every feature that wants to know what happened to mail, after its commit; on several nodes also what happened on the others.</summary>
internal sealed class MailFeed
{
    private ImmutableArray<Action<MailEvent>> subscribers = [];

    /// <summary>Adds a subscriber for the life of the program. It is called where the event arises: it must be quick and not throw.</summary>
    public void Subscribe(Action<MailEvent> subscriber) => ImmutableInterlocked.Update(ref subscribers, (all, one) => all.Add(one), subscriber);

    public void Publish(MailEvent happened)
    {
        foreach (var subscriber in subscribers)
            subscriber(happened);
    }
}

/// <summary>Something that happened in one mailbox.</summary>
internal abstract record MailEvent(int MailboxId);

/// <summary>A message came.</summary>
internal sealed record MessageStored(Message Message) : MailEvent(Message.MailboxId);

/// <summary>Flags, tags or what was read of a message changed.</summary>
internal sealed record MessageChanged(Message Message) : MailEvent(Message.MailboxId);

/// <summary>Messages went: deleted, or the oldest of a full mailbox.</summary>
internal sealed record MessagesRemoved(int MailboxId, IReadOnlyList<long> Uids) : MailEvent(MailboxId);

/// <summary>A mailbox was made, changed (settings, users, addresses) or removed.</summary>
internal sealed record MailboxChanged(int MailboxId) : MailEvent(MailboxId);

/// <summary>More happened than was told one by one: look again.</summary>
internal sealed record MailboxOverrun(int MailboxId) : MailEvent(MailboxId);
