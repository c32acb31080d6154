using System.Globalization;
using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>A search in the words of SQLite: what the full-text index must find, and what must be true of a delivery `d` besides.</summary>
/// <remarks>
/// The index finds messages and the results are deliveries: where one message lies in several mailboxes, words of the envelope are looked at once more for each.
/// As much as possible is asked of the index, because it answers in order and stops when there is enough.
/// </remarks>
internal sealed class SqliteQuery
{
    private readonly Func<string, IReadOnlyList<int>> findMailboxes;
    private readonly List<object> parameters = [];

    private SqliteQuery(Func<string, IReadOnlyList<int>> findMailboxes) => this.findMailboxes = findMailboxes;

    /// <summary>For MATCH; <c>null</c> when any message may do, indexed or not.</summary>
    public string? Match { get; private set; }

    /// <summary>Conditions with the parameters $0, $1…; empty for none.</summary>
    public string Where { get; private set; } = "";

    public IReadOnlyList<object> Parameters => parameters;

    /// <summary>A tag that all results have, by its key.</summary>
    public string? TagKey { get; private set; }

    /// <summary>Combinations of flags (read, pinned) that results may have.</summary>
    public IReadOnlyList<int> Flags { get; private set; } = [0, 1, 2, 3];

    /// <summary>Mailboxes that results may be in; <c>null</c> for any.</summary>
    public IReadOnlyCollection<int>? MailboxIds { get; private set; }

    /// <param name="findMailboxes">From the word behind `mailbox:` to ids.</param>
    public static SqliteQuery Of(SearchNode root, IReadOnlyCollection<int>? mailboxIds, Func<string, IReadOnlyList<int>> findMailboxes)
    {
        SqliteQuery query = new(findMailboxes) { MailboxIds = mailboxIds };
        root = Affirm(root, isNegated: false);
        List<SearchNode> rest = [];
        foreach (var each in root is SearchAnd all ? all.Nodes : [root])
            query.Narrow(each, rest);
        var condition = query.Read(new SearchAnd(rest));
        query.Match = condition.Match;
        query.Where = condition.Where ?? "";
        return query;
    }

    // What every result must be decides where to walk.
    private void Narrow(SearchNode node, List<SearchNode> rest)
    {
        switch (node)
        {
            case SearchMailbox mailbox:
                var ids = findMailboxes(mailbox.IdOrName);
                MailboxIds = MailboxIds is null ? ids : [.. MailboxIds.Intersect(ids)];
                return;
            case SearchFlag flag:
                var bit = flag.Name == SearchFlagName.Read ? 1 : 2;
                Flags = [.. Flags.Where(each => (each & bit) != 0 == flag.IsSet)];
                break;
            case SearchTag tag:
                TagKey ??= SqliteFlags.KeyOf(tag.Tag);
                break;
        }

        rest.Add(node);
    }

    private Condition Read(SearchNode node) => node switch
    {
        SearchAnd all => All([.. all.Nodes.Select(Read)]),
        SearchOr any => Any([.. any.Nodes.Select(Read)]),
        SearchNot no => Without(no.Node),
        SearchWords words => Read(words),
        SearchHasAttachment => new(Marked(SqliteMarks.Attachment), null),
        SearchMessageId id => new(Marked(SqliteMarks.OfMessageId(id.MessageId)), null),
        SearchFlag flag => new(null, string.Create(CultureInfo.InvariantCulture, $"d.flags & {(flag.Name == SearchFlagName.Read ? 1 : 2)} {(flag.IsSet ? "<>" : "=")} 0")),
        SearchTag tag => new(null,
            $"EXISTS (SELECT 1 FROM delivery_tags t WHERE t.mailbox_id = d.mailbox_id AND t.tag_key = {Parameter(SqliteFlags.KeyOf(tag.Tag))} AND t.message_id = d.message_id AND t.uid = d.uid)"),
        SearchBefore before => new(null, $"d.received_at < {Parameter(Ceiling(before.Time))}"),
        SearchAfter after => new(null, $"d.received_at >= {Parameter(Ceiling(after.Time))}"),
        SearchLarger larger => new(null, $"(SELECT size FROM messages WHERE id = d.message_id) > {Parameter(larger.Bytes)}"),
        SearchSmaller smaller => new(null, $"(SELECT size FROM messages WHERE id = d.message_id) < {Parameter(smaller.Bytes)}"),
        SearchMailbox mailbox => new(null, $"d.mailbox_id IN ({string.Join(',', findMailboxes(mailbox.IdOrName))})"),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private static Condition All(List<Condition> conditions) => new(
        Join(" AND ", conditions.Select(each => each.Match)), Join(" AND ", conditions.Select(each => each.Where)));

    // One that needs no words makes the index useless for all of them.
    private Condition Any(List<Condition> conditions)
    {
        if (conditions.Count == 0)
            return new(null, "0");
        var match = conditions.TrueForAll(each => each.Match is not null) ? Join(" OR ", conditions.Select(each => each.Match)) : null;
        return match is not null && conditions.TrueForAll(each => each.Where is null) ? new(match, null) : new(match, Join(" OR ", conditions.Select(Whole)));
    }

    // Only what has nothing below it is negated here: see Affirm.
    private Condition Without(SearchNode node)
    {
        var condition = Read(node);
        return condition is { Match: not null, Where: null } ? new($"({Marked(SqliteMarks.All)} NOT {condition.Match})", null) : new(null, $"NOT ({Whole(condition)})");
    }

    private Condition Read(SearchWords words)
    {
        var columns = words.Field.Columns();
        string[] own = [.. columns.Where(each => each is SearchField.Bcc or SearchField.Recipient).Select(each => Mine(each, words))];
        var match = Words(columns, words);
        if (own.Length == 0)
            return new(match, null);
        // Words of the envelope are to be found in the share of this mailbox; where there is only one, the index has said all.
        SearchField[] others = [.. columns.Where(each => each is not (SearchField.Bcc or SearchField.Recipient))];
        if (others.Length > 0)
            own = [.. own, InIndex(Words(others, words))];
        return new(match, $"(NOT EXISTS (SELECT 1 FROM delivery_words w WHERE w.message_id = d.message_id) OR {string.Join(" OR ", own)})");
    }

    private string Mine(SearchField column, SearchWords words)
    {
        var text = column == SearchField.Bcc ? "w.bcc" : "w.envelope";
        var phrase = Parameter(" " + string.Join(' ', words.Tokens) + (words.IsPrefix ? "" : " "));
        return $"EXISTS (SELECT 1 FROM delivery_words w WHERE w.message_id = d.message_id AND w.mailbox_id = d.mailbox_id AND instr(' ' || {text} || ' ', {phrase}))";
    }

    private string Whole(Condition condition) => condition switch
    {
        { Match: null, Where: null } => "1",
        { Match: null } => condition.Where,
        { Where: null } => InIndex(condition.Match),
        _ => $"({InIndex(condition.Match)} AND {condition.Where})",
    };

    private string InIndex(string match) => $"d.message_id IN (SELECT rowid FROM search WHERE search MATCH {Parameter(match)})";

    private string Parameter(object value)
    {
        parameters.Add(value);
        return "$" + (parameters.Count - 1).ToString(CultureInfo.InvariantCulture);
    }

    private static string Words(IReadOnlyList<SearchField> columns, SearchWords words) =>
        words is { IsPrefix: true, Tokens: [{ Length: 1 } initial] } && SqliteMarks.HasInitialMark(initial[0])
            ? "(" + string.Join(" OR ", columns.Select(each => Marked(SqliteMarks.OfInitial(each, initial[0])))) + ")"
            : $"({{{string.Join(' ', columns.Select(Name))}}} : \"{string.Join(' ', words.Tokens)}\"{(words.IsPrefix ? " *" : "")})";

    public static string Marked(string mark) => $"(marks : \"{mark}\")";

    private static string Name(SearchField column) => column switch
    {
        SearchField.Subject => "subject",
        SearchField.From => "sender",
        SearchField.To => "recipient",
        SearchField.Cc => "copied",
        SearchField.Bcc => "bcc",
        SearchField.Recipient => "envelope",
        SearchField.FileName => "file_names",
        SearchField.Header => "headers",
        SearchField.Body => "body",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "Not a column."),
    };

    private static string? Join(string by, IEnumerable<string?> parts)
    {
        string[] some = [.. parts.OfType<string>()];
        return some.Length switch { 0 => null, 1 => some[0], _ => "(" + string.Join(by, some) + ")" };
    }

    // What is stored has whole milliseconds: `before` and `after` a fraction of one mean the next.
    private static long Ceiling(DateTimeOffset time) =>
        time.ToUnixTimeMilliseconds() + (time.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    // Negation goes down to where nothing is below, as the index can only take away from what it has found, and lists within lists become one.
    private static SearchNode Affirm(SearchNode node, bool isNegated) => node switch
    {
        SearchNot no => Affirm(no.Node, !isNegated),
        SearchAnd all when !isNegated => new SearchAnd([.. all.Nodes.Select(each => Affirm(each, isNegated)).SelectMany(each => each is SearchAnd inner ? inner.Nodes : [each])]),
        SearchAnd all => new SearchOr([.. all.Nodes.Select(each => Affirm(each, isNegated))]),
        SearchOr any when !isNegated => new SearchOr([.. any.Nodes.Select(each => Affirm(each, isNegated))]),
        SearchOr any => new SearchAnd([.. any.Nodes.Select(each => Affirm(each, isNegated)).SelectMany(each => each is SearchAnd inner ? inner.Nodes : [each])]),
        SearchFlag flag when isNegated => flag with { IsSet = !flag.IsSet },
        _ => isNegated ? new SearchNot(node) : node,
    };

    /// <param name="Match">What the index must find; <c>null</c> when it is not needed.</param>
    /// <param name="Where">What must be true as well; <c>null</c> when the index says all.</param>
    private readonly record struct Condition(string? Match, string? Where);
}
