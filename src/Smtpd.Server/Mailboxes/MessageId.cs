namespace Smtpd.Server.Mailboxes;

/// <summary>Names a stored message for ever: 63 bits, milliseconds first, so later ones are greater and rows are appended.</summary>
/// <remarks>Known before the commit: the content file is called by it and the log speaks of it from the start.</remarks>
internal readonly record struct MessageId(long Value)
{
    public const int TextLength = 13;

    // Crockford's base 32: no I, L, O, U, so it survives being read out over a telephone.
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static bool TryParse(ReadOnlySpan<char> text, out MessageId id)
    {
        id = default;
        long value = 0;
        if (text.Length != TextLength || text[0] > '7')
            return false;
        foreach (var each in text)
        {
            var digit = Digits.IndexOf(each, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            value = (value << 5) | (long)digit;
        }

        id = new(value);
        return true;
    }

    public override string ToString() => string.Create(TextLength, Value, static (text, value) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, value >>= 5)
            text[i] = Digits[(int)(value & 31)];
    });
}

/// <summary>Gives out ids that rise, also when the clock is set back. Thread-safe.</summary>
/// <param name="node">Of several that share a store: from 0 to <see cref="Nodes"/> less one. No two make the same id.</param>
internal sealed class MessageIdSource(TimeProvider clock, int node = 0)
{
    /// <summary>How many nodes may share a store.</summary>
    public const int Nodes = 1 << NodeBits;

    // Milliseconds, a counter, the node: 43, 12 and 8 bits. They last until the year 2248; 4096 ids a millisecond, then the next one's are used.
    private const int SequenceBits = 20;
    private const int NodeBits = 8;

    private long last;
    private int node = node;

    /// <summary>Continue after an id that is already in the store.</summary>
    public void StartAfter(long id) => Interlocked.Exchange(ref last, Math.Max(id, Interlocked.Read(ref last)));

    /// <summary>The node has another number from now on.</summary>
    public void Renumber(int number) => Volatile.Write(ref node, number);

    public MessageId Next()
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() << SequenceBits;
        while (true)
        {
            var seen = Interlocked.Read(ref last);
            var next = Math.Max(((seen >> NodeBits) + 1) << NodeBits, now) | (long)Volatile.Read(ref node);
            if (Interlocked.CompareExchange(ref last, next, seen) == seen)
                return new(next);
        }
    }
}
