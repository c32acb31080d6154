using System.Globalization;

namespace Smtpd.Authentication;

/// <summary>What SASLprep needs to know of Unicode 3.2, which is the version that it is defined with (RFC 3454 §2). Read when the first text beyond ASCII comes.</summary>
/// <remarks>
/// .NET knows the normal forms by the system's ICU only. Under InvariantGlobalization, which servers in small containers have, <see cref="string.Normalize()"/> gives back what it got.
/// </remarks>
internal sealed class SaslPrepTables
{
    private static readonly Lazy<SaslPrepTables> Shared = new(static () => new SaslPrepTables());

    private readonly Dictionary<int, int[]> mappings = [];
    private readonly Dictionary<(int First, int Second), int> composites = [];
    private readonly Dictionary<int, int> classes = [];
    private readonly Dictionary<char, List<(int First, int Last)>> directions = new() { ['R'] = [], ['L'] = [] };

    private SaslPrepTables()
    {
        using var stream = typeof(SaslPrepTables).Assembly.GetManifestResourceStream("SaslPrepTables.txt") ?? throw new InvalidOperationException("The library lacks its tables.");
        using StreamReader reader = new(stream);
        var section = string.Empty;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '[')
                section = line;
            else if (section is "[mapping]")
                AddMapping(line);
            else if (section is "[class]")
                AddClass(line);
            else
                directions[section[1]].Add(Span(line));
        }
    }

    public static SaslPrepTables Unicode => Shared.Value;

    /// <summary>The decomposition of one step, canonical or by compatibility; null when there is none.</summary>
    public int[]? Decompose(int codePoint) => mappings.GetValueOrDefault(codePoint);

    /// <summary>The character that two make, or -1.</summary>
    public int Compose(int first, int second) => composites.GetValueOrDefault((first, second), -1);

    /// <summary>The canonical combining class.</summary>
    public int CombiningClass(int codePoint) => classes.GetValueOrDefault(codePoint);

    /// <summary>Whether the character is written from right to left (RFC 3454 table D.1).</summary>
    public bool IsRightToLeft(int codePoint) => Has(directions['R'], codePoint);

    /// <summary>Whether the character is written from left to right (RFC 3454 table D.2).</summary>
    public bool IsLeftToRight(int codePoint) => Has(directions['L'], codePoint);

    private void AddMapping(string line)
    {
        var at = line.AsSpan().IndexOfAny('=', '!', '~');
        var (first, last) = Span(line.AsSpan(0, at));
        var mapped = Array.ConvertAll(line[(at + 1)..].Split(','), static each => Number(each));
        for (var code = first; code <= last; code++)
            mappings.Add(code, first == last ? mapped : [mapped[0] + code - first]);
        if (line[at] == '=' && mapped.Length == 2)
            composites.Add((mapped[0], mapped[1]), first);
    }

    private void AddClass(string line)
    {
        var at = line.IndexOf(':', StringComparison.Ordinal);
        var (first, last) = Span(line.AsSpan(0, at));
        for (var code = first; code <= last; code++)
            classes.Add(code, int.Parse(line.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static bool Has(List<(int First, int Last)> spans, int codePoint)
    {
        var (low, high) = (0, spans.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < spans[middle].First)
                high = middle - 1;
            else if (codePoint > spans[middle].Last)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    private static (int First, int Last) Span(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        return dash < 0 ? (Number(text), Number(text)) : (Number(text[..dash]), Number(text[(dash + 1)..]));
    }

    private static int Number(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
