using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Parts of a search as the text of a <c>tsquery</c> over what <see cref="SearchWordsText"/> made.</summary>
internal static class SearchWordsQuery
{
    /// <summary>Stands for the mailbox of a row in the marks of <c>:r12:</c> and <c>:b12:</c>. No word has it.</summary>
    public const string MailboxPlace = "\u0001";

    /// <summary>The same as the node, neither more nor less; <c>null</c> when words cannot tell.</summary>
    /// <param name="mailbox">In which mailbox, or <see cref="MailboxPlace"/>; <c>null</c> when it may be any.</param>
    public static string? Exact(SearchNode node, string? mailbox) => node switch
    {
        SearchWords words => IsOfDelivery(words) && mailbox is null ? null : Words(words, mailbox ?? ""),
        SearchHasAttachment => SearchWordsText.Quote(SearchWordsText.HasAttachment),
        SearchMessageId id => SearchWordsText.Quote(SearchWordsText.MessageId(id.MessageId)),
        SearchAnd { Nodes.Count: > 0 } all => Join(all.Nodes.Select(each => Exact(each, mailbox)), " & "),
        SearchOr { Nodes.Count: > 0 } any => Join(any.Nodes.Select(each => Exact(each, mailbox)), " | "),
        SearchNot no => Exact(no.Node, mailbox) is string some ? $"!({some})" : null,
        _ => null,
    };

    /// <summary>What a message must have for the node to be true of one of its deliveries: enough to look it up in the index. <c>null</c> when nothing must be there.</summary>
    public static string? Necessary(SearchNode node, string? mailbox) => node switch
    {
        SearchWords words => Words(words, mailbox ?? ""),
        SearchHasAttachment or SearchMessageId => Exact(node, mailbox),
        // What may be missing narrows the rest, but cannot be looked up alone.
        SearchAnd all when all.Nodes.Any(each => Necessary(each, mailbox) is not null) =>
            Join(all.Nodes.Select(each => Exact(each, mailbox) ?? Necessary(each, mailbox)).OfType<string>(), " & "),
        SearchOr { Nodes.Count: > 0 } any => Join(any.Nodes.Select(each => Necessary(each, mailbox)), " | "),
        _ => null,
    };

    private static bool IsOfDelivery(SearchWords words) => words.Field.Columns().Any(each => each is SearchField.Recipient or SearchField.Bcc);

    // A word without a field may be in any of the columns that have their words without a mark, too.
    private static string Words(SearchWords words, string mailbox) => words.Field is SearchField.Any ? Phrase(words, "", "")
        : Join(words.Field.Columns().Select(column => Phrase(words, Mark(column, mailbox), column is SearchField.Body ? SearchWordsText.BodyWeight.ToString() : "")), " | ")!;

    private static string Mark(SearchField column, string mailbox)
    {
        var mark = SearchWordsText.Mark(column, null);
        return column is SearchField.Recipient or SearchField.Bcc ? mark[..2] + mailbox + mark[2..] : mark;
    }

    private static string Phrase(SearchWords words, string mark, string weight)
    {
        List<string> terms = [];
        for (var i = 0; i < words.Tokens.Count; i++)
        {
            var how = (words.IsPrefix && i == words.Tokens.Count - 1 ? "*" : "") + weight;
            terms.Add(SearchWordsText.Quote(mark + words.Tokens[i]) + (how.Length > 0 ? ":" + how : ""));
        }

        if (terms.Count == 1)
            return terms[0];
        // Of a long message not every place is known: there it is enough that all of the words occur.
        return $"({string.Join(" <-> ", terms)} | ({string.Join(" & ", terms)} & {SearchWordsText.Quote(SearchWordsText.IsLong)}))";
    }

    private static string? Join(IEnumerable<string?> parts, string with)
    {
        List<string> some = [];
        foreach (var each in parts)
        {
            if (each is null)
                return null;
            some.Add(each);
        }

        return some.Count == 1 ? some[0] : $"({string.Join(with, some)})";
    }
}
