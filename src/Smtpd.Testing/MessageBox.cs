namespace Smtpd.Testing;

/// <summary>The messages of a server, within bounds, and those who wait for one.</summary>
internal sealed class MessageBox
{
    private readonly Lock gate = new();
    private readonly List<ReceivedMessage> messages = [];
    private readonly List<MessageSearch> searches = [];
    private long octets;
    private int lastNumber;

    public int MaxMessages { get; set; } = 1000;

    public long MaxOctets { get; set; } = 64 * 1024 * 1024;

    public IReadOnlyList<ReceivedMessage> Messages
    {
        get
        {
            lock (gate)
                return [.. messages];
        }
    }

    /// <summary>Keeps a message if there is room.</summary>
    /// <param name="make">Makes it of its number.</param>
    /// <param name="length">Octets of its content.</param>
    public SmtpReply Add(Func<int, ReceivedMessage> make, long length)
    {
        lock (gate)
        {
            if (messages.Count >= MaxMessages || octets + length > MaxOctets)
                return new SmtpReply(452, new(4, 3, 1), $"The test server keeps {MaxMessages} messages and {MaxOctets} octets at most: clear it, or let it keep more");
            octets += length;
            var message = make(++lastNumber);
            messages.Add(message);
            foreach (var search in searches)
                search.Look(message);
            return SmtpReply.Accepted($"kept as {message.Number}");
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            messages.Clear();
            octets = 0;
        }
    }

    public MessageSearch Search(Func<ReceivedMessage, bool> predicate, int count)
    {
        var search = new MessageSearch(predicate, count, Forget);
        lock (gate)
        {
            messages.ForEach(search.Look);
            searches.Add(search);
        }

        return search;
    }

    private void Forget(MessageSearch search)
    {
        lock (gate)
            searches.Remove(search);
    }
}

/// <summary>Somebody who waits for messages.</summary>
internal sealed class MessageSearch(Func<ReceivedMessage, bool> predicate, int count, Action<MessageSearch> forget) : IDisposable
{
    private readonly TaskCompletionSource<IReadOnlyList<ReceivedMessage>> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ReceivedMessage> matches = [];

    public Task<IReadOnlyList<ReceivedMessage>> Found => found.Task;

    public void Look(ReceivedMessage message)
    {
        if (found.Task.IsCompleted)
            return;
#pragma warning disable CA1031 // The predicate is the test's: what it throws belongs to the test that waits, not to the client that sends.
        try
        {
            if (!predicate(message))
                return;
            matches.Add(message);
            if (matches.Count == count)
                found.TrySetResult(matches);
        }
        catch (Exception exception)
        {
            found.TrySetException(exception);
        }
#pragma warning restore CA1031
    }

    public void Dispose() => forget(this);
}
