using System.Text;

namespace Smtpd.Server.Search;

/// <summary>
/// How much PostgreSQL's <c>tsvector</c> of a message may still grow. It holds each different word once with up to 255 positions, and is refused at 2^20 octets of them
/// (MAXSTRPOS in tsearch/ts_type.h): ordinary text of a MiB fits easily, random words do not.
/// </summary>
internal sealed class SearchBudget
{
    private const int MaximumOctets = 1_000_000;
    private const int MaximumPositions = 255;

    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);
    private int _octets;

    /// <summary>The same word counts again in another column: an engine may keep them apart.</summary>
    public void NextColumn() => _positions.Clear();

    /// <summary>False when one more would be too many.</summary>
    public bool Take(ReadOnlySpan<char> token)
    {
        var words = _positions.GetAlternateLookup<ReadOnlySpan<char>>();
        words.TryGetValue(token, out var positions);
        if (positions >= MaximumPositions)
            return true;
        var octets = positions > 0 ? 2 : Encoding.UTF8.GetByteCount(token) + 6; // padding, a count, the first position; room for a mark of the column
        if (_octets + octets > MaximumOctets)
            return false;
        _octets += octets;
        words[token] = positions + 1;
        return true;
    }
}
