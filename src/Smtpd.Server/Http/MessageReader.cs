using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>
/// Reads messages for those who look at them, and remembers the latest: the text, the html, the images of one message are asked for one after the other. Bounded in octets, of what is remembered
/// and of what is being read and shown, and in how many are read at the same time. Thread-safe.
/// </summary>
internal sealed class MessageReader(IMessageStore store, TimeProvider clock) : IDisposable
{
    private const long MaximumOctets = 32 << 20;

    // What is read of a message takes up to twice its octets, and about so much at most, whatever its size (MimeLimits).
    private const long LightestReading = 64 << 10;
    private const long HeaviestReading = 16 << 20;
    private const long ReadingOctets = 4 * HeaviestReading;
    private const int MaximumWaiting = 128;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Lock gate = new();
    private readonly Dictionary<MessageId, LinkedListNode<Known>> known = [];
    private readonly LinkedList<Known> byUse = new();
    private readonly SemaphoreSlim readings = new(Math.Max(2, Environment.ProcessorCount));
    private readonly ReadingTurns turns = new(ReadingOctets, MaximumWaiting, Patience, clock);
    private long octets;

    /// <summary>Its turn ends with the request, or when the result is disposed before.</summary>
    /// <returns><c>null</c> when there is no such message.</returns>
    public async Task<ReadMessage?> ReadAsync(HttpContext context, int mailboxId, long uid, CancellationToken cancellationToken)
    {
        // Asked every time: what was read belongs to a message that may have been deleted meanwhile.
        if (await store.FindAsync(mailboxId, uid, cancellationToken) is not Message message)
            return null;
        if (Recall(message.Id) is MimeMessage remembered)
            return new(remembered, null);
        var turn = await turns.EnterAsync(Caller.Of(context), Math.Clamp(2 * message.Size, LightestReading, HeaviestReading), cancellationToken);
        context.Response.RegisterForDispose(turn);
        await readings.WaitAsync(cancellationToken);
        try
        {
            if (Recall(message.Id) is MimeMessage other)
                return new(other, turn);
            if (await store.OpenContentAsync(mailboxId, uid, cancellationToken) is not Stream content)
                return null;
            await using (content)
            {
                var read = await MimeReader.ReadAsync(content, time: clock, cancellationToken: cancellationToken);
                Remember(new(message.Id, read, SizeOf(read)));
                return new(read, turn);
            }
        }
        finally
        {
            readings.Release();
        }
    }

    public void Dispose() => readings.Dispose();

    private MimeMessage? Recall(MessageId id)
    {
        lock (gate)
        {
            if (!known.TryGetValue(id, out var node))
                return null;
            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value.Content;
        }
    }

    private void Remember(Known one)
    {
        lock (gate)
        {
            if (one.Octets > MaximumOctets / 2 || known.ContainsKey(one.Id))
                return;
            known.Add(one.Id, byUse.AddFirst(one));
            for (octets += one.Octets; octets > MaximumOctets; byUse.RemoveLast())
            {
                known.Remove(byUse.Last!.Value.Id);
                octets -= byUse.Last.Value.Octets;
            }
        }
    }

    // Roughly: characters are two octets, and each part and field some more.
    private static long SizeOf(MimeMessage message)
    {
        var size = 4096 + (2L * ((message.Text?.Length ?? 0) + (message.Html?.Length ?? 0)));
        Stack<MimePart> parts = new([message.Root]);
        while (parts.TryPop(out var part))
        {
            size += 1000 + part.Headers.Sum(each => 200L + (4L * (each.Raw.Length + each.Value.Length)));
            foreach (var child in part.Children)
                parts.Push(child);
        }

        return size;
    }

    private sealed record Known(MessageId Id, MimeMessage Content, long Octets);
}

/// <summary>A message that was read, and the turn of who asked for it.</summary>
internal sealed class ReadMessage(MimeMessage content, IDisposable? turn) : IDisposable
{
    public MimeMessage Content => content;

    public void Dispose() => turn?.Dispose();
}
