using System.Collections.Immutable;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>Tells every feature that wants to know that a message is stored, after its commit. Receiving knows none of them.</summary>
internal sealed class MessageFeed
{
    private ImmutableArray<Action<Message>> subscribers = [];

    /// <summary>Adds a subscriber for the life of the program. It is called on the thread that received the message: it must be quick and not throw.</summary>
    public void Subscribe(Action<Message> subscriber) => ImmutableInterlocked.Update(ref subscribers, (all, one) => all.Add(one), subscriber);

    public void Publish(IReadOnlyList<Message> messages)
    {
        foreach (var subscriber in subscribers)
        {
            foreach (var message in messages)
                subscriber(message);
        }
    }
}
