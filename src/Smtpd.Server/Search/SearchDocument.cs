using System.Text;

namespace Smtpd.Server.Search;

/// <summary>What a message says, as it was read: decoded text, addresses as <c>Name &lt;address&gt;</c> or in any other way that has both.</summary>
internal sealed record SearchSource
{
    public string? Subject { get; init; }

    public IReadOnlyList<string> From { get; init; } = [];

    public IReadOnlyList<string> To { get; init; } = [];

    public IReadOnlyList<string> Cc { get; init; } = [];

    public IReadOnlyList<string> Bcc { get; init; } = [];

    /// <summary>Of the envelope.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    public IReadOnlyList<string> FileNames { get; init; } = [];

    /// <summary>All fields of the header, decoded; signatures are left out here.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The text, or what remains of the html without its markup.</summary>
    public string? Body { get; init; }
}

/// <summary>
/// What engines index of one message: <see cref="SearchTokens.Normalise(string?, int)"/> of each column. All columns together fit into one <c>tsvector</c> of PostgreSQL, which fails
/// beyond 1 MiB of words and positions; the end of a longer message is not searchable.
/// </summary>
internal sealed record SearchDocument(
    string Subject, string From, string To, string Cc, string Bcc, string Recipients, string FileNames, string Headers, string Body)
{
    /// <summary>UTF-16 units of the body that are looked at.</summary>
    public const int MaximumBodyLength = 1 << 20;

    /// <summary>UTF-16 units of the header that are looked at.</summary>
    public const int MaximumHeaderLength = 16 << 10;

    private const int MaximumSubjectLength = 4 << 10;
    // UTF-16 units that fit into the budget whatever they are: a letter becomes at most four, of three octets each, and as a word of its own takes six more.
    private const int AlwaysFits = 50_000;

    private const int MaximumListLength = 32 << 10; // about a thousand addresses

    public static SearchDocument Of(SearchSource source)
    {
        var length = Length([source.Subject, source.Body]) + source.Headers.Sum(each => each.Key.Length + each.Value.Length)
            + Length(source.From) + Length(source.To) + Length(source.Cc) + Length(source.Bcc) + Length(source.Recipients) + Length(source.FileNames);
        var budget = length <= AlwaysFits ? null : new SearchBudget();
        return new(
            Column([source.Subject], MaximumSubjectLength, budget),
            Column(source.From, MaximumListLength, budget),
            Column(source.To, MaximumListLength, budget),
            Column(source.Cc, MaximumListLength, budget),
            Column(source.Bcc, MaximumListLength, budget),
            Column(source.Recipients, MaximumListLength, budget),
            Column(source.FileNames, MaximumListLength, budget),
            Column(source.Headers.Where(each => !IsNoise(each.Key)).SelectMany(each => new[] { each.Key, each.Value }), MaximumHeaderLength, budget),
            Column([source.Body], MaximumBodyLength, budget));
    }

    /// <summary>The text of a column; <paramref name="column"/> is one of <see cref="SearchFields.All"/>.</summary>
    public string this[SearchField column] => column switch
    {
        SearchField.Subject => Subject,
        SearchField.From => From,
        SearchField.To => To,
        SearchField.Cc => Cc,
        SearchField.Bcc => Bcc,
        SearchField.Recipient => Recipients,
        SearchField.FileName => FileNames,
        SearchField.Header => Headers,
        SearchField.Body => Body,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "Not a column."),
    };

    /// <summary>Whether the words are here: what engines must agree with.</summary>
    public bool Has(SearchWords words)
    {
        var phrase = string.Join(' ', words.Tokens);
        return words.Field.Columns().Any(column => Has(this[column], phrase, words.IsPrefix));
    }

    private static bool Has(string text, string phrase, bool isPrefix)
    {
        for (var at = text.IndexOf(phrase, StringComparison.Ordinal); at >= 0; at = text.IndexOf(phrase, at + 1, StringComparison.Ordinal))
        {
            var end = at + phrase.Length;
            if ((at == 0 || text[at - 1] == ' ') && (isPrefix || end == text.Length || text[end] == ' '))
                return true;
        }

        return false;
    }

    // Long base64 that nobody remembers, and that would push out the rest.
    private static bool IsNoise(string name) => name.EndsWith("-Signature", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ARC-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("X-MS-Exchange-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Microsoft-Antispam", StringComparison.OrdinalIgnoreCase);

    private static int Length(IEnumerable<string?> texts) => texts.Sum(each => each?.Length ?? 0);

    private static string Column(IEnumerable<string?> texts, int maximumLength, SearchBudget? budget)
    {
        StringBuilder column = new();
        budget?.NextColumn();
        foreach (var text in texts)
        {
            if (maximumLength <= 0)
                break;
            var part = text.AsSpan(0, Math.Min(text?.Length ?? 0, maximumLength));
            maximumLength -= part.Length + 1;
            SearchTokenReader reader = new(part);
            while (reader.MoveNext())
            {
                if (budget?.Take(reader.Token) is false)
                    return column.ToString();
                (column.Length == 0 ? column : column.Append(' ')).Append(reader.Token);
            }
        }

        return column.ToString();
    }
}
