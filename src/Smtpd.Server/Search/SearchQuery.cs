namespace Smtpd.Server.Search;

/// <summary>
/// What somebody looks for, in Mailpit's language: words (the beginning of one is enough), <c>"whole phrases"</c>, <c>field:value</c>, <c>-</c> or <c>!</c> for not, <c>OR</c> in
/// capitals (weaker than standing side by side), parentheses.
/// </summary>
internal sealed record SearchQuery
{
    public const int MaximumLength = 1000;
    public const int MaximumTerms = 50;

    private SearchQuery(string text, SearchNode root, string? problem) => (Text, Root, Problem) = (text, root, problem);

    /// <summary>As it was typed.</summary>
    public string Text { get; }

    /// <summary>Finds every message when nothing was asked, and none at all when there is a <see cref="Problem"/>: a misspelt query must not delete a mailbox.</summary>
    public SearchNode Root { get; }

    /// <summary>What is wrong and what to write instead; null when nothing is.</summary>
    public string? Problem { get; }

    /// <summary>Nothing was asked for: it finds every message.</summary>
    public bool IsEmpty => Problem is null && Root is SearchAnd { Nodes.Count: 0 };

    /// <summary>Never throws. <paramref name="time"/> is what <c>after:7d</c> counts from.</summary>
    public static SearchQuery Parse(string? text, TimeProvider time)
    {
        text ??= "";
        if (text.Length > MaximumLength)
            return new("", new SearchOr([]), $"The query is longer than {MaximumLength} characters. Ask for less at once.");
        SearchParser parser = new(text, time);
        var root = parser.Parse();
        return parser.Problem is null ? new(text, root, null) : new(text, new SearchOr([]), parser.Problem);
    }
}
