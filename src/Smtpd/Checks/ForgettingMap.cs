namespace Smtpd.Checks;

/// <summary>Remembers keys for a while, and no more of them than there is room for: the ones not asked for longest are forgotten first. Thread-safe.</summary>
/// <remarks>
/// Two generations: what is asked for lives in the young one, and when that is full or as old as the lifetime it becomes the old one, whose rest is
/// dropped at once. So forgetting costs nothing a key, and a key lives between one and two lifetimes after it was last asked for.
/// </remarks>
internal sealed class ForgettingMap<TValue>(int capacity, TimeSpan lifetime, TimeProvider timeProvider)
    where TValue : class
{
    private readonly Lock gate = new();
    private readonly int largest = Math.Max(1, capacity / 2);
    private Dictionary<string, TValue> young = new(StringComparer.Ordinal);
    private Dictionary<string, TValue> old = new(StringComparer.Ordinal);
    private long since = timeProvider.GetTimestamp();

    public int Count
    {
        get
        {
            lock (gate)
                return young.Count + old.Count;
        }
    }

    /// <summary>Finds the value of a key; null when it is not remembered.</summary>
    public TValue? Find(string key)
    {
        lock (gate)
        {
            Age();
            return FindYoung(key);
        }
    }

    public void Set(string key, TValue value)
    {
        lock (gate)
        {
            Age();
            Put(key, value);
        }
    }

    /// <summary>Finds the value of a key, or makes one.</summary>
    public TValue GetOrAdd(string key, Func<TValue> make)
    {
        lock (gate)
        {
            Age();
            if (FindYoung(key) is { } known)
                return known;
            var made = make();
            Put(key, made);
            return made;
        }
    }

    private TValue? FindYoung(string key)
    {
        if (young.TryGetValue(key, out var value))
            return value;
        if (old.Remove(key, out value))
            Put(key, value);
        return value;
    }

    private void Put(string key, TValue value)
    {
        if (young.Count >= largest && !young.ContainsKey(key))
            Turn();
        young[key] = value;
    }

    private void Age()
    {
        if (timeProvider.GetElapsedTime(since) < lifetime)
            return;
        // After two lifetimes without a question nothing is left to remember.
        if (timeProvider.GetElapsedTime(since) >= 2 * lifetime)
            young.Clear();
        Turn();
    }

    private void Turn()
    {
        (young, old) = (old, young);
        young.Clear();
        since = timeProvider.GetTimestamp();
    }
}
