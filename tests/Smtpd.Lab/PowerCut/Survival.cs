namespace Smtpd.Lab.PowerCut;

/// <summary>What of the unsynced reaches the disk.</summary>
internal enum SurvivalKind
{
    /// <summary>Everything: the process died, not the machine.</summary>
    All,

    /// <summary>Nothing: the disk had not begun.</summary>
    None,

    /// <summary>All up to a moment: the disk works in order.</summary>
    UpTo,

    /// <summary>Any of it: the disk works in the order that it likes.</summary>
    Some,

    /// <summary>Any of the sectors of it.</summary>
    Torn,
}

/// <summary>Decides of each unsynced change whether it is there after the power cut, always alike for the same seed.</summary>
internal sealed class Survival(SurvivalKind kind, int seed, int events)
{
    private const int Sector = 512;

    private readonly int moment = events - new Random(seed).Next(0, Math.Min(events, 200) + 1);
    private readonly double share = new Random(seed + 1).Next(1, 10) / 10.0;

    public bool Keeps(int at) => kind switch
    {
        SurvivalKind.All => true,
        SurvivalKind.None => false,
        SurvivalKind.UpTo => at < moment,
        _ => Chance(at).NextDouble() < share,
    };

    /// <summary>The parts of a write that are there.</summary>
    public IEnumerable<(int From, int To)> KeptOf(int at, Written written)
    {
        if (kind is not SurvivalKind.Torn)
        {
            if (Keeps(at))
                yield return (0, written.Octets.Length);
            yield break;
        }

        var chance = Chance(at);
        for (var from = 0; from < written.Octets.Length;)
        {
            // Sectors are the disk's, wherever in them the write begins.
            var to = (int)Math.Min(written.Octets.Length, from + Sector - (written.Offset + from) % Sector);
            if (chance.NextDouble() < share)
                yield return (from, to);
            from = to;
        }
    }

    private Random Chance(int at) => new(unchecked(seed * 31 + at * 7919));
}
