using System.Text;

namespace Smtpd.Server.Search;

/// <summary>One searchable word and the part of the text that it stands for, in UTF-16 units.</summary>
internal readonly record struct SearchToken(string Token, int Start, int Length);

/// <summary>
/// The one idea of a word that both engines, the query and the highlighter share. Engines index <see cref="Normalise(string?, int)"/>: tokens with single spaces between them, made
/// so that neither FTS5's <c>ascii</c> tokenizer nor PostgreSQL's default parser with the <c>simple</c> dictionary takes one apart or puts two together.
/// </summary>
internal static class SearchTokens
{
    public static IReadOnlyList<SearchToken> Read(string? text, int maximumTokens = int.MaxValue)
    {
        List<SearchToken> tokens = [];
        SearchTokenReader reader = new(text);
        while (tokens.Count < maximumTokens && reader.MoveNext())
            tokens.Add(new(reader.Token.ToString(), reader.Start, reader.Length));
        return tokens;
    }

    /// <summary>The tokens with single spaces between them. What is normalised once stays as it is.</summary>
    public static string Normalise(string? text, int maximumTokens)
    {
        StringBuilder tokens = new();
        SearchTokenReader reader = new(text);
        while (maximumTokens-- > 0 && reader.MoveNext())
            (tokens.Length == 0 ? tokens : tokens.Append(' ')).Append(reader.Token);
        return tokens.ToString();
    }
}
