namespace Smtpd.Server.Search;

/// <summary>A text of a message that may be shown with its matches.</summary>
internal readonly record struct SearchText(SearchField Field, string? Text);

/// <summary>A part of the fragment, in UTF-16 units.</summary>
internal readonly record struct SearchRange(int Start, int Length);

/// <summary>Where a query was found: plain text, never html, and what to mark in it.</summary>
internal sealed record SearchHighlight(SearchField Field, string Fragment, IReadOnlyList<SearchRange> Ranges);

/// <summary>Cuts the best place out of each text. Words under a negation are not shown.</summary>
internal static class SearchHighlighter
{
    public const int MaximumFragmentLength = 160;

    private const int MaximumTextLength = 256 << 10;
    private const int MaximumMatches = 1000; // a text; the best place is among the first ones
    private const int Before = 40;

    /// <summary>Whether the query asks for words of this field.</summary>
    public static bool LooksAt(SearchQuery query, SearchField field) => WordsOf(query).Exists(each => each.Field.Columns().Contains(field));

    public static IReadOnlyList<SearchHighlight> Find(SearchQuery query, params IReadOnlyList<SearchText> texts)
    {
        var words = WordsOf(query);
        List<SearchHighlight> highlights = [];
        foreach (var (field, text) in texts)
        {
            var wanted = words.Where(each => each.Field.Columns().Contains(field)).ToArray();
            if (wanted.Length > 0 && !string.IsNullOrEmpty(text) && Matches(text, wanted) is { Count: > 0 } matches)
                highlights.Add(Cut(field, text, matches));
        }

        return highlights;
    }

    private static List<SearchWords> WordsOf(SearchQuery query)
    {
        List<SearchWords> words = [];
        Collect(query.Root, words);
        return words;
    }

    private static void Collect(SearchNode node, List<SearchWords> words)
    {
        switch (node)
        {
            case SearchWords leaf:
                words.Add(leaf);
                break;
            case SearchAnd and:
                foreach (var each in and.Nodes)
                    Collect(each, words);
                break;
            case SearchOr or:
                foreach (var each in or.Nodes)
                    Collect(each, words);
                break;
        }
    }

    private static List<Match> Matches(string text, SearchWords[] words)
    {
        var tokens = SearchTokens.Read(text.Length > MaximumTextLength ? text[..MaximumTextLength] : text);
        List<Match> matches = [];
        for (var i = 0; i < tokens.Count && matches.Count < MaximumMatches; i++)
        {
            for (var word = 0; word < words.Length; word++)
            {
                if (!Begins(tokens, i, words[word]))
                    continue;
                var last = tokens[i + words[word].Tokens.Count - 1];
                matches.Add(new(tokens[i].Start, last.Start + last.Length, word));
            }
        }

        return matches;
    }

    private static bool Begins(IReadOnlyList<SearchToken> tokens, int at, SearchWords words)
    {
        var wanted = words.Tokens;
        if (at + wanted.Count > tokens.Count)
            return false;
        for (var i = 0; i < wanted.Count; i++)
        {
            var isPrefix = words.IsPrefix && i == wanted.Count - 1;
            if (!(isPrefix ? tokens[at + i].Token.StartsWith(wanted[i], StringComparison.Ordinal) : string.Equals(tokens[at + i].Token, wanted[i], StringComparison.Ordinal)))
                return false;
        }

        return true;
    }

    // The place with most different words, then with most matches, then the first.
    private static SearchHighlight Cut(SearchField field, string text, List<Match> matches)
    {
        (int Words, int Count, int First) best = (0, 0, 0);
        Dictionary<int, int> inside = [];
        for (int first = 0, last = 0; first < matches.Count; first++)
        {
            for (; last < matches.Count && (last == first || matches[last].End - matches[first].Start <= MaximumFragmentLength - Before); last++)
                inside[matches[last].Word] = inside.GetValueOrDefault(matches[last].Word) + 1;
            if (inside.Count > best.Words || (inside.Count == best.Words && last - first > best.Count))
                best = (inside.Count, last - first, first);
            if (--inside[matches[first].Word] == 0)
                inside.Remove(matches[first].Word);
        }

        var start = Start(text, matches[best.First].Start);
        var end = End(text, start, matches[best.First].End);
        return new(field, Plain(text[start..end]), Ranges(matches, start, end));
    }

    private static int Start(string text, int match)
    {
        if (match <= Before)
            return 0;
        for (var i = match - Before; i < match; i++)
        {
            if (char.IsWhiteSpace(text[i - 1]))
                return i;
        }

        var start = match - Before;
        return char.IsLowSurrogate(text[start]) ? start + 1 : start;
    }

    private static int End(string text, int start, int match)
    {
        var end = start + MaximumFragmentLength;
        if (end >= text.Length)
            return text.Length;
        for (var i = end; i > Math.Max(match, end - Before); i--)
        {
            if (char.IsWhiteSpace(text[i]))
                return i;
        }

        return char.IsLowSurrogate(text[end]) ? end - 1 : end;
    }

    private static List<SearchRange> Ranges(List<Match> matches, int start, int end)
    {
        List<SearchRange> ranges = [];
        foreach (var match in matches.OrderBy(each => each.Start))
        {
            int from = Math.Max(match.Start, start), to = Math.Min(match.End, end);
            if (from >= to)
                continue;
            if (ranges is [.., var previous] && from - start <= previous.Start + previous.Length)
                ranges[^1] = previous with { Length = Math.Max(previous.Length, to - start - previous.Start) };
            else
                ranges.Add(new(from - start, to - from));
        }

        return ranges;
    }

    // One character for one, or the ranges would point elsewhere.
    private static string Plain(string fragment) => string.Create(fragment.Length, fragment, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = char.IsControl(from[i]) ? ' ' : from[i];
    });

    private readonly record struct Match(int Start, int End, int Word);
}
