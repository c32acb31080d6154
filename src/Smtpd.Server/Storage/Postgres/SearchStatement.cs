using System.Globalization;
using Npgsql;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>A search as SQL. Two ways lead to the same rows: through the index of words, or along the deliveries in their order. Values are parameters, all of them.</summary>
internal sealed class SearchStatement
{
    // More mailboxes than this are not worth a look each in the index of words.
    private const int MaximumMarks = 20;

    private readonly SearchRequest request;
    private readonly IReadOnlyDictionary<string, int[]> names;
    private readonly int[]? mailboxIds;
    private readonly string? mailbox;
    private readonly List<SearchNode> conditions;
    private readonly List<object?> values = [];

    /// <param name="names">The mailboxes that each <c>mailbox:</c> of the query means.</param>
    public SearchStatement(SearchRequest request, IReadOnlyDictionary<string, int[]> names)
    {
        this.request = request;
        this.names = names;
        conditions = [.. Conditions(request.Query.Root)];
        mailboxIds = request.MailboxIds?.Distinct().ToArray();
        foreach (var each in conditions.OfType<SearchMailbox>())
            mailboxIds = [.. mailboxIds is null ? names[each.IdOrName] : mailboxIds.Intersect(names[each.IdOrName])];
        conditions.RemoveAll(each => each is SearchMailbox);
        mailbox = mailboxIds is [int one] ? one.ToString(CultureInfo.InvariantCulture) : null;
        Words = WordsOf();
    }

    /// <summary>Whether it is clear already that there is nothing.</summary>
    public bool IsEmpty => mailboxIds is { Length: 0 } || conditions.Any(each => each is SearchOr { Nodes.Count: 0 });

    /// <summary>A <c>tsquery</c> for the index, or <c>null</c> when no word must be there.</summary>
    public string? Words { get; }

    /// <summary>Every <c>mailbox:</c> of a query.</summary>
    public static IEnumerable<string> Mailboxes(SearchNode node) => node switch
    {
        SearchMailbox one => [one.IdOrName],
        SearchAnd all => all.Nodes.SelectMany(Mailboxes),
        SearchOr any => any.Nodes.SelectMany(Mailboxes),
        SearchNot no => Mailboxes(no.Node),
        _ => [],
    };

    /// <summary>Looks the words up, then at what they lead to.</summary>
    public NpgsqlBatchCommand ByWords()
    {
        values.Clear();
        // `+ 0` keeps the planner from walking through all rows in the order of the primary key, taking out the words of each.
        var found = $"""
            SELECT message_id, message_id + 0 AS place FROM words WHERE words @@ {Value(Words)}::tsquery AND message_id + 0 {(request.Descending ? "<=" : ">=")} {Value(Last.Id.Value)}
            ORDER BY place {Order} OFFSET 0
            """;
        var rest = conditions.Where(each => SearchWordsQuery.Exact(each, mailbox) is null).Select(Condition);
        var where = string.Join(" AND ", [$"d.message_id = c.message_id", .. Scope("d"), After("d"), .. rest]);
        return Page($"""
            SELECT d.* FROM ({found}) c CROSS JOIN LATERAL (SELECT d.* FROM {Tables("deliveries d", where)} WHERE {where} OFFSET 0) d
            ORDER BY c.place {Order}, d.mailbox_id {Order} LIMIT {Value(request.Limit)}
            """);
    }

    /// <summary>Goes along the deliveries in their order until the page is full.</summary>
    public NpgsqlBatchCommand InOrder()
    {
        values.Clear();
        var tag = conditions.OfType<SearchTag>().FirstOrDefault();
        var (keys, from) = tag is null ? ("d", "deliveries d") : ("t", "delivery_tags t JOIN deliveries d ON d.mailbox_id = t.mailbox_id AND d.message_id = t.message_id");
        List<string> where = [.. conditions.Where(each => each != tag).Select(Condition)];
        if (tag is not null)
            where.Add($"t.tag_key = {Value(PostgresTags.Key(tag.Tag))}");
        // Such messages have an index in each mailbox, and may be far between.
        var few = conditions.OfType<SearchFlag>().Any(each => each is { Name: SearchFlagName.Read, IsSet: false } or { Name: SearchFlagName.Pinned, IsSet: true });
        return Page(mailboxIds is [_] || (mailboxIds is null && (tag is not null || !few))
            ? Along(from, [.. Scope(keys), mailbox is null ? After(keys) : AfterWithin(keys, mailbox), .. where], mailbox is null ? Places(keys) : $"{keys}.message_id {Order}", request.Limit)
            : InEach(id => Along(from, [$"{keys}.mailbox_id = {id}", AfterWithin(keys, id), .. where], $"{keys}.message_id {Order}", request.Limit), request.Limit));
    }

    /// <summary>Looks at so many deliveries only, the first in order. There may be more further on.</summary>
    public NpgsqlBatchCommand Among(int first)
    {
        values.Clear();
        var some = mailboxIds is null ? Along("deliveries d", [After("d")], Places("d"), first)
            : InEach(id => Along("deliveries d", [$"d.mailbox_id = {id}", AfterWithin("d", id)], $"d.message_id {Order}", first), first);
        return Page(Along($"({some}) d", [.. conditions.Select(Condition)], Places("d"), request.Limit));
    }

    /// <summary>Whether <see cref="Among"/> is worth while.</summary>
    public bool IsForFew => mailboxIds is not { Length: > MaximumMarks };

    /// <summary>Asks the planner how many rows it expects of the index.</summary>
    public NpgsqlBatchCommand Estimate() => PostgresCommand.Of("EXPLAIN (FORMAT JSON) SELECT FROM words WHERE words @@ $1::tsquery", Words);

    private string Order => request.Descending ? "DESC" : "ASC";

    // Everything comes after this when there is no cursor.
    private SearchCursor Last => request.After ?? (request.Descending ? new(new(long.MaxValue - 1), int.MaxValue) : new(new(0), 0));

    private static IEnumerable<SearchNode> Conditions(SearchNode node) => node is SearchAnd all ? all.Nodes.SelectMany(Conditions) : [node];

    private string? WordsOf()
    {
        if (SearchWordsQuery.Necessary(new SearchAnd(conditions), mailbox) is not string words)
            return null;
        return mailboxIds is { Length: <= MaximumMarks } few ? $"({words}) & ({string.Join(" | ", few.Select(each => SearchWordsText.Quote(SearchWordsText.Mailbox(each))))})" : words;
    }

    private string Along(string from, IReadOnlyList<string> where, string order, int limit)
    {
        var conditions = string.Join(" AND ", where.DefaultIfEmpty("true"));
        return $"SELECT d.* FROM {Tables(from, conditions)} WHERE {conditions} ORDER BY {order} LIMIT {Value(limit)}";
    }

    // Each mailbox in its own order, then all together.
    private string InEach(Func<string, string> one, int limit)
    {
        var mailboxes = mailboxIds is null ? "mailboxes" : $"(SELECT unnest({Value(mailboxIds)}::integer[]) AS id)";
        return $"SELECT d.* FROM {mailboxes} b CROSS JOIN LATERAL ({one("b.id")}) d ORDER BY {Places("d")} LIMIT {Value(limit)}";
    }

    private string Places(string keys) => $"{keys}.message_id {Order}, {keys}.mailbox_id {Order}";

    private NpgsqlBatchCommand Page(string deliveries) => PostgresCommand.Of($"""
        SELECT {PostgresRows.MessageColumns}, coalesce(r.excerpt, ''), c.octets FROM ({deliveries}) d {PostgresRows.MessageTables}
        LEFT JOIN contents c ON c.message_id = d.message_id AND m.size < {Value((long)IndexedMessage.SmallestWithExcerpt)}
        ORDER BY d.message_id {Order}, d.mailbox_id {Order}
        """, values.ToArray());

    private static string Tables(string from, string conditions) => from
        + (conditions.Contains("m.size", StringComparison.Ordinal) ? " JOIN messages m ON m.id = d.message_id" : "")
        + (conditions.Contains("w.words", StringComparison.Ordinal) ? " LEFT JOIN words w ON w.message_id = d.message_id" : "");

    private IEnumerable<string> Scope(string keys) => mailboxIds is null ? [] : mailboxIds is [int one] ? [$"{keys}.mailbox_id = {Value(one)}"] : [$"{keys}.mailbox_id = ANY({Value(mailboxIds)})"];

    private string After(string keys) => $"({keys}.message_id, {keys}.mailbox_id) {(request.Descending ? '<' : '>')} ({Value(Last.Id.Value)}, {Value(Last.MailboxId)})";

    // The same inside of one mailbox, in a form that its own index serves.
    private string AfterWithin(string keys, string mailbox) => request.Descending
        ? $"{keys}.message_id < {Value(Last.Id.Value)} + ({mailbox} < {Value(Last.MailboxId)})::integer"
        : $"{keys}.message_id > {Value(Last.Id.Value)} - ({mailbox} > {Value(Last.MailboxId)})::integer";

    // Without words yet, a message has none: what is excluded is not there.
    private string Condition(SearchNode node) => SearchWordsQuery.Exact(node, mailbox) is string words ? $"coalesce(w.words, '') @@ {Value(words)}::tsquery" : node switch
    {
        SearchAnd all => all.Nodes.Count == 0 ? "true" : "(" + string.Join(" AND ", all.Nodes.Select(Condition)) + ")",
        SearchOr any => any.Nodes.Count == 0 ? "false" : "(" + string.Join(" OR ", any.Nodes.Select(Condition)) + ")",
        SearchNot no => $"NOT {Condition(no.Node)}",
        SearchWords of => $"coalesce(w.words, '') @@ replace({Value(SearchWordsQuery.Exact(of, SearchWordsQuery.MailboxPlace))}, {Value(SearchWordsQuery.MailboxPlace)}, d.mailbox_id::text)::tsquery",
        // Written as in the indexes of such messages.
        SearchFlag { Name: SearchFlagName.Read, IsSet: var isSet } => isSet ? "(d.flags & 1 <> 0)" : "(d.flags & 1 = 0)",
        SearchFlag { IsSet: var isSet } => isSet ? "(d.flags & 2 <> 0)" : "(d.flags & 2 = 0)",
        SearchTag tag => $"EXISTS (SELECT FROM delivery_tags e WHERE e.mailbox_id = d.mailbox_id AND e.tag_key = {Value(PostgresTags.Key(tag.Tag))} AND e.message_id = d.message_id)",
        SearchBefore before => $"(d.received_at < {Value(before.Time.ToUnixTimeMilliseconds())})",
        SearchAfter after => $"(d.received_at >= {Value(after.Time.ToUnixTimeMilliseconds())})",
        SearchLarger larger => $"(m.size > {Value(larger.Bytes)})",
        SearchSmaller smaller => $"(m.size < {Value(smaller.Bytes)})",
        SearchMailbox of => $"d.mailbox_id = ANY({Value(names[of.IdOrName])})",
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private string Value(object? value)
    {
        values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"${values.Count}");
    }
}
