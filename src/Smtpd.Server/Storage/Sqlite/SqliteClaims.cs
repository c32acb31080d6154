using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Messages that somebody works on now, and until when they are believed to. Thread-safe.</summary>
internal sealed class SqliteClaims(TimeProvider clock) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<MessageId, DateTimeOffset> held = [];

    /// <summary>One looks for work at a time, until the result is disposed.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    public IReadOnlyCollection<MessageId> Held()
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            foreach (var each in held.Where(each => each.Value <= now).Select(each => each.Key).ToList())
                held.Remove(each);
            return [.. held.Keys];
        }
    }

    public bool IsHeld(MessageId id)
    {
        lock (gate)
            return held.ContainsKey(id);
    }

    public void Add(IEnumerable<MessageId> ids, TimeSpan patience)
    {
        var until = clock.GetUtcNow() + patience;
        lock (gate)
        {
            foreach (var each in ids)
                held[each] = until;
        }
    }

    public void Remove(IEnumerable<MessageId> ids)
    {
        lock (gate)
        {
            foreach (var each in ids)
                held.Remove(each);
        }
    }

    public void Dispose() => turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
