using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>
/// The latest events of this node, numbered. Listeners keep a position in it and nothing else: one that reads slowly costs no memory, and finds that it has missed something
/// when its position has been overwritten. Bounded by number and by an estimate of octets. Thread-safe.
/// </summary>
internal sealed class EventRing
{
    private readonly Lock gate = new();
    private readonly RingEvent?[] events;
    private readonly long maximumOctets;

    // Numbers begin anew with the program: the name of its life tells them apart.
    private readonly string life = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long first = 1;
    private long next = 1;
    private long octets;

    public EventRing(MailFeed feed, int capacity = 4096, long maximumOctets = 16 << 20)
    {
        events = new RingEvent?[capacity];
        this.maximumOctets = maximumOctets;
        feed.Subscribe(Add);
    }

    /// <summary>The number of the next event.</summary>
    public long Next
    {
        get
        {
            lock (gate)
                return next;
        }
    }

    /// <summary>Ends when an event is added. Take it before reading, and nothing is missed.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
                return changed.Task;
        }
    }

    public string IdOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{life}-{number}");

    /// <summary>The position behind an event that a client has seen: <c>null</c> when that is not known here (any more).</summary>
    public long? PositionAfter(string id)
    {
        var dash = id.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !id.AsSpan(0, dash).SequenceEqual(life) || !long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        lock (gate)
            return number + 1 >= first && number < next ? number + 1 : null;
    }

    /// <summary>Reads on from a position.</summary>
    /// <returns>False when something there has been overwritten.</returns>
    public bool TryRead(ref long position, List<RingEvent> into, int maximum)
    {
        lock (gate)
        {
            if (position < first)
                return false;
            for (; position < next && into.Count < maximum; position++)
                into.Add(events[position % events.Length]!);
            return true;
        }
    }

    private void Add(MailEvent happened)
    {
        TaskCompletionSource ended;
        lock (gate)
        {
            RingEvent added = new(next, happened);
            while (next - first == events.Length || (next > first && octets + added.Octets > maximumOctets))
            {
                ref var oldest = ref events[first++ % events.Length];
                octets -= oldest!.Octets;
                oldest = null;
            }

            events[next++ % events.Length] = added;
            octets += added.Octets;
            ended = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ended.TrySetResult();
    }
}

/// <summary>An event with its number. Its JSON is made when the first listener reads it, once for all.</summary>
internal sealed class RingEvent(long number, MailEvent happened)
{
    private string? json;

    public long Number => number;

    public int MailboxId => happened.MailboxId;

    /// <summary>Whether who may use the mailbox may be another now.</summary>
    public bool MayChangeAccess => happened is MailboxChanged or MailboxOverrun;

    public string Name => happened switch
    {
        MessageStored => "message.stored",
        MessageChanged => "message.changed",
        MessagesRemoved => "messages.removed",
        MailboxChanged => "mailbox.changed",
        _ => "reset",
    };

    /// <summary>Roughly what it holds in memory: lists of recipients are what may be long.</summary>
    public long Octets { get; } = happened switch
    {
        MessageStored stored => SizeOf(stored.Message),
        MessageChanged changed => SizeOf(changed.Message),
        MessagesRemoved removed => 100 + (8 * removed.Uids.Count),
        _ => 100,
    };

    public string Json => json ??= happened switch
    {
        MessageStored stored => JsonSerializer.Serialize(MessageView.Of(stored.Message), ApiJson.Default.MessageView),
        MessageChanged changed => JsonSerializer.Serialize(MessageView.Of(changed.Message), ApiJson.Default.MessageView),
        MessagesRemoved removed => JsonSerializer.Serialize(new(removed.MailboxId, removed.Uids), ApiJson.Default.RemovedEventView),
        MailboxChanged => JsonSerializer.Serialize(new(happened.MailboxId), ApiJson.Default.MailboxEventView),
        _ => JsonSerializer.Serialize(new(happened.MailboxId), ApiJson.Default.ResetEventView),
    };

    // The message, and its JSON once it is made.
    private static long SizeOf(Message message)
    {
        long characters = 1000 + message.Recipients.Sum(each => each.Length + 20) + (message.Summary.Subject?.Length ?? 0);
        characters += message.Summary.To.Concat(message.Summary.Cc).Sum(each => each.Name.Length + each.Address.Length + 40);
        characters += message.Reading?.Attachments.Sum(each => 200 + (each.FileName?.Length ?? 0)) ?? 0;
        return 4 * characters;
    }
}
