using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>One search under way: ranges of indexes, each read in the order of the results and only as far as needed, merged.</summary>
internal sealed class SqliteWalk : IDisposable
{
    // With more mailboxes than this their ranges cost more than the rows between them.
    private const int MostMailboxes = 64;

    // So many messages are held in memory to be compared with what the index finds.
    private const int MostFew = 5000;

    // Read or not, pinned or not.
    private const int AllFlags = 4;

    private static readonly string SelectHit = string.Create(CultureInfo.InvariantCulture, $"""
        SELECT {SqliteRows.MessageColumns}, coalesce((SELECT text FROM excerpts x WHERE x.message_id = d.message_id), ''),
          (SELECT octets FROM contents c WHERE c.message_id = d.message_id AND m.size < {IndexedMessage.SmallestWithExcerpt})
        FROM {SqliteRows.MessageTables} WHERE d.mailbox_id = $mailbox AND d.uid = $uid
        """);

    private readonly SqliteConnection connection;
    private readonly SearchRequest request;
    private readonly SqliteQuery query;
    private readonly SqliteRowReader<SearchHit> selectHit;
    private readonly string order;
    private readonly SearchCursor start;

    public SqliteWalk(SqliteConnection connection, SearchRequest request)
    {
        this.connection = connection;
        this.request = request;
        order = request.Descending ? "DESC" : "ASC";
        start = request.After ?? (request.Descending ? new(new(long.MaxValue), int.MaxValue) : new(new(-1), -1));
        query = SqliteQuery.Of(request.Query.Root, request.MailboxIds, FindMailboxes);
        selectHit = new(connection, SelectHit, SqliteRows.Hit, "$mailbox", "$uid");
    }

    /// <summary>Everything that is found, in order.</summary>
    public IEnumerable<Place> Find(CancellationToken cancellationToken)
    {
        Place? last = null;
        foreach (var each in Merge([.. Ranges()]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // With two spellings of a tag a message has the same place twice.
            if (each != last)
                yield return each;
            last = each;
        }
    }

    public SearchHit Read(Place place) => selectHit.Read(place.MailboxId, place.Uid)!;

    public void Dispose() => selectHit.Dispose();

    private IEnumerable<IEnumerable<Place>> Ranges()
    {
        if (query.MailboxIds is { Count: 0 } || query.Flags.Count == 0)
            return [];
        if (query.Match is not null)
            return [ByWords(query.Match)];
        // In the order of all: a range for each mailbox would be walked to its first hit, which may be none.
        if (query.MailboxIds is null && query.TagKey is null && query.Flags.Count == AllFlags)
            return [All()];
        var mailboxIds = query.MailboxIds ?? AllMailboxes();
        if (mailboxIds.Count > MostMailboxes)
            return [query.TagKey is { } key ? ByTag(key, null) : All()];
        return query.TagKey is { } tagKey ? mailboxIds.Select(id => ByTag(tagKey, id)) : mailboxIds.SelectMany(id => query.Flags.Select(flags => ByFlags(id, flags)));
    }

    private IEnumerable<Place> ByFlags(int mailboxId, int flags) => Rows(string.Create(CultureInfo.InvariantCulture, $"""
        SELECT d.message_id, d.mailbox_id, d.uid FROM deliveries d INDEXED BY deliveries_by_flags
        WHERE d.mailbox_id = {mailboxId} AND d.flags & 3 = {flags} AND d.message_id {Bound(mailboxId)} {And(query.Where)} ORDER BY d.message_id {order}
        """));

    private IEnumerable<Place> ByTag(string tagKey, int? mailboxId) => Rows(string.Create(CultureInfo.InvariantCulture, $"""
        SELECT d.message_id, d.mailbox_id, d.uid FROM delivery_tags k CROSS JOIN deliveries d
        WHERE {(mailboxId is { } id ? string.Create(CultureInfo.InvariantCulture, $"k.mailbox_id = {id} AND k.message_id {Bound(id)}") : AfterStart("k") + InMailboxes("k"))}
            AND k.tag_key = $tag AND d.mailbox_id = k.mailbox_id AND d.uid = k.uid {And(query.Where)}
        ORDER BY k.message_id {order}, k.mailbox_id {order}
        """), ("$tag", tagKey));

    private IEnumerable<Place> All() => Rows($"""
        SELECT d.message_id, d.mailbox_id, d.uid FROM deliveries d INDEXED BY deliveries_by_message
        WHERE {AfterStart("d")} {InMailboxes("d")} {And(query.Where)} ORDER BY d.message_id {order}, d.mailbox_id {order}
        """);

    // The index gives messages in order; the few deliveries of each are put in order here.
    private IEnumerable<Place> ByWords(string match)
    {
        if (query.MailboxIds is { Count: <= MostMailboxes } ids)
            match = $"({string.Join(" OR ", ids.Select(each => SqliteQuery.Marked(SqliteMarks.Of(each))))}) AND {match}";
        var few = Few();
        var rows = Rows($"""
            SELECT d.message_id, d.mailbox_id, d.uid FROM search s CROSS JOIN deliveries d
            WHERE s.search MATCH $match AND s.rowid {(request.Descending ? "<=" : ">=")} $id {(few is null ? "" : "AND +s.rowid IN (SELECT value FROM json_each($few))")}
                AND d.message_id = s.rowid {InMailboxes("d")} {And(query.Where)}
            ORDER BY s.rowid {order}
            """, ("$match", match), ("$few", (object?)few ?? DBNull.Value));
        List<Place> same = [];
        foreach (var each in rows)
        {
            if (same.Count > 0 && same[0].MessageId != each.MessageId)
            {
                foreach (var one in InOrder(same))
                    yield return one;
                same.Clear();
            }

            same.Add(each);
        }

        foreach (var one in InOrder(same))
            yield return one;
    }

    // `invoice is:unread`, where a million were read and three were not: the three are looked up first, and no delivery of the million is.
    private string? Few()
    {
        var mailboxIds = query.MailboxIds ?? AllMailboxes();
        if (query.TagKey is null && query.Flags.Count == AllFlags || mailboxIds.Count > MostMailboxes)
            return null;
        List<long> few = [];
        foreach (var sql in mailboxIds.SelectMany(id => query.TagKey is null
            ? query.Flags.Select(flags => $"deliveries INDEXED BY deliveries_by_flags WHERE mailbox_id = {id} AND flags & 3 = {flags}")
            : [$"delivery_tags WHERE mailbox_id = {id} AND tag_key = $tag"]))
        {
            few.AddRange(Numbers($"SELECT message_id FROM {sql} LIMIT {MostFew + 1 - few.Count}", query.TagKey));
            if (few.Count > MostFew)
                return null;
        }

        return JsonSerializer.Serialize(few, StorageJson.Default.IEnumerableInt64);
    }

    private IEnumerable<Place> InOrder(List<Place> same)
    {
        same.Sort(Compare);
        return same.Where(each => Compare(new(start.Id.Value, start.MailboxId, 0), each with { Uid = 0 }) < 0);
    }

    private int Compare(Place one, Place other) => request.Descending ? other.CompareTo(one) : one.CompareTo(other);

    private IEnumerable<Place> Merge(List<IEnumerable<Place>> ranges)
    {
        if (ranges.Count == 1)
            return ranges[0];
        return MergeSeveral(ranges);
    }

    private IEnumerable<Place> MergeSeveral(List<IEnumerable<Place>> ranges)
    {
        PriorityQueue<IEnumerator<Place>, Place> heads = new(Comparer<Place>.Create(Compare));
        List<IEnumerator<Place>> open = [];
        try
        {
            foreach (var each in ranges)
            {
                var range = each.GetEnumerator();
                open.Add(range);
                if (range.MoveNext())
                    heads.Enqueue(range, range.Current);
            }

            while (heads.TryDequeue(out var range, out var place))
            {
                yield return place;
                if (range.MoveNext())
                    heads.Enqueue(range, range.Current);
            }
        }
        finally
        {
            foreach (var each in open)
                each.Dispose();
        }
    }

    private IEnumerable<Place> Rows(string sql, params (string Name, object Value)[] more)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // put together from constants and numbers; what somebody typed is in parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < query.Parameters.Count; i++)
            command.Parameters.AddWithValue("$" + i.ToString(CultureInfo.InvariantCulture), query.Parameters[i]);
        command.Parameters.AddWithValue("$id", start.Id.Value);
        command.Parameters.AddWithValue("$mailbox", start.MailboxId);
        foreach ((var name, var value) in more)
            command.Parameters.AddWithValue(name, value);
        using var row = command.ExecuteReader();
        while (row.Read())
            yield return new(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2));
    }

    // In one mailbox, after the start: a result of the very same message counts only when its mailbox comes later.
    private string Bound(int mailboxId) =>
        (request.Descending ? mailboxId < start.MailboxId ? "<=" : "<" : mailboxId > start.MailboxId ? ">=" : ">") + " $id";

    private string AfterStart(string table) => $"({table}.message_id, {table}.mailbox_id) {(request.Descending ? "<" : ">")} ($id, $mailbox)";

    private string InMailboxes(string table) => query.MailboxIds is { } ids ? $" AND {table}.mailbox_id IN ({string.Join(',', ids)})" : "";

    private List<int> AllMailboxes() => [.. Numbers($"SELECT id FROM mailboxes LIMIT {MostMailboxes + 1}", tag: null).Select(each => (int)each)];

    private List<int> FindMailboxes(string idOrName)
    {
        var number = int.TryParse(idOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
        // SQLite knows upper and lower case of ASCII only.
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name FROM mailboxes";
        using var row = command.ExecuteReader();
        List<int> ids = [];
        while (row.Read())
        {
            if (row.GetInt32(0) == number || row.GetString(1).Equals(idOrName, StringComparison.OrdinalIgnoreCase))
                ids.Add(row.GetInt32(0));
        }

        return ids;
    }

    private List<long> Numbers(string sql, string? tag)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // put together from constants and numbers
        command.CommandText = sql;
#pragma warning restore CA2100
        if (tag is not null)
            command.Parameters.AddWithValue("$tag", tag);
        using var row = command.ExecuteReader();
        List<long> numbers = [];
        while (row.Read())
            numbers.Add(row.GetInt64(0));
        return numbers;
    }

    private static string And(string condition) => condition.Length == 0 ? "" : "AND " + condition;

    /// <summary>Where a result stands.</summary>
    internal readonly record struct Place(long MessageId, int MailboxId, long Uid) : IComparable<Place>
    {
        public int CompareTo(Place other) => (MessageId, MailboxId, Uid).CompareTo((other.MessageId, other.MailboxId, other.Uid));

        public static bool operator <(Place one, Place other) => one.CompareTo(other) < 0;

        public static bool operator >(Place one, Place other) => one.CompareTo(other) > 0;

        public static bool operator <=(Place one, Place other) => one.CompareTo(other) <= 0;

        public static bool operator >=(Place one, Place other) => one.CompareTo(other) >= 0;
    }
}
