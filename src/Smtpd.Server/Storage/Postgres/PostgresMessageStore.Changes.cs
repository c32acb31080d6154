using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Flags, tags and deletion.</summary>
internal sealed partial class PostgresMessageStore
{
    public async Task<int> ChangeAsync(int mailboxId, IReadOnlyCollection<long> uids, MessageChange change, CancellationToken cancellationToken) => await WriteAsync(async transaction =>
    {
        if (!await transaction.LockAsync(mailboxId, cancellationToken))
            return 0;
        var were = await transaction.QueryAsync($"SELECT {PostgresRows.MessageColumns} FROM deliveries d {PostgresRows.MessageTables} WHERE d.mailbox_id = $1 AND d.uid = ANY($2) ORDER BY d.uid",
            PostgresRows.Message, cancellationToken, mailboxId, uids.Distinct().ToArray());
        List<(Message Was, Message Is)> changed = [];
        foreach (var was in were)
        {
            var message = was with { Flags = Flags(was.Flags, change), Tags = Tags(was.Tags, change) };
            if (message.Flags != was.Flags || !message.Tags.SequenceEqual(was.Tags, StringComparer.Ordinal))
                changed.Add((was, message));
        }

        if (changed.Count > 0)
            await UpdateAsync(transaction, mailboxId, changed, cancellationToken);
        return were.Count;
    }, cancellationToken);

    public async Task<IReadOnlyList<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken) =>
        await pool.QueryAsync("SELECT tag, messages FROM tags WHERE mailbox_id = $1 ORDER BY tag", row => (row.GetString(0), row.GetInt64(1)), cancellationToken, mailboxId);

    public async Task<int> DeleteAsync(int mailboxId, IReadOnlyCollection<long> uids, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var some in uids.Distinct().Chunk(PostgresRemoval.AtOnce))
        {
            removed += await WriteAsync(async transaction => await transaction.LockAsync(mailboxId, cancellationToken)
                ? await PostgresRemoval.RunAsync(transaction, [.. some.Select(uid => (mailboxId, uid))], cancellationToken) : 0, cancellationToken);
        }

        return removed;
    }

    public Task<int> DeleteOlderAsync(int mailboxId, DateTimeOffset before, CancellationToken cancellationToken) => WriteAsync(async transaction =>
        await transaction.LockAsync(mailboxId, cancellationToken)
            ? await RemoveSomeAsync(transaction, mailboxId, "flags & 2 = 0 AND received_at < $3", cancellationToken, before.ToUnixTimeMilliseconds(), order: "received_at, uid") : 0, cancellationToken);

    public async Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken)
    {
        // What arrives after the request is not meant by it.
        var next = await pool.QueryAsync("SELECT next_uid FROM mailboxes WHERE id = $1", row => row.GetInt64(0), cancellationToken, mailboxId);
        if (next.Count == 0)
            return 0;
        int removed = 0, some;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            some = await WriteAsync(async transaction => await transaction.LockAsync(mailboxId, cancellationToken)
                ? await RemoveSomeAsync(transaction, mailboxId, "uid < $3", cancellationToken, next[0]) : 0, cancellationToken);
            removed += some;
        }
        while (some == PostgresRemoval.AtOnce);
        return removed;
    }

    private static async Task<int> RemoveSomeAsync(
        PostgresTransaction transaction, int mailboxId, string where, CancellationToken cancellationToken, long? value = null, string order = "uid")
    {
        object?[] values = value is null ? [mailboxId, PostgresRemoval.AtOnce] : [mailboxId, PostgresRemoval.AtOnce, value];
        var uids = await transaction.QueryAsync($"SELECT uid FROM deliveries WHERE mailbox_id = $1 AND {where} ORDER BY {order} LIMIT $2", row => (mailboxId, row.GetInt64(0)), cancellationToken, values);
        return uids.Count == 0 ? 0 : await PostgresRemoval.RunAsync(transaction, uids, cancellationToken);
    }

    private static async Task UpdateAsync(PostgresTransaction transaction, int mailboxId, List<(Message Was, Message Is)> changed, CancellationToken cancellationToken)
    {
        // An array of arrays must be rectangular in PostgreSQL, so the tags of a message go as one text; they have no line breaks.
        await transaction.ExecuteAsync("""
            UPDATE deliveries d SET flags = v.flags, tags = string_to_array(v.tags, E'\n') FROM unnest($2::bigint[], $3::integer[], $4::text[]) v (uid, flags, tags)
            WHERE d.mailbox_id = $1 AND d.uid = v.uid
            """, cancellationToken, mailboxId, changed.Select(each => each.Is.Uid).ToArray(), changed.Select(each => (int)each.Is.Flags).ToArray(),
            changed.Select(each => string.Join('\n', each.Is.Tags)).ToArray());
        await PostgresTags.ReplaceAsync(transaction, [.. changed.Where(each => !each.Is.Tags.SequenceEqual(each.Was.Tags, StringComparer.Ordinal))
            .Select(each => new TagChange(mailboxId, each.Is.Id.Value, each.Was.Tags, each.Is.Tags))], cancellationToken);
        transaction.Count(mailboxId, 0, 0, unread: changed.Sum(each => Unread(each.Is) - Unread(each.Was)));
        transaction.Events.AddRange(changed.Select(each => new MessageChanged(each.Is)));
    }

    private static int Unread(Message message) => message.Flags.HasFlag(MessageFlags.Read) ? 0 : 1;

    private static MessageFlags Flags(MessageFlags flags, MessageChange change)
    {
        flags = With(flags, MessageFlags.Read, change.Read);
        return With(flags, MessageFlags.Pinned, change.Pinned);

        static MessageFlags With(MessageFlags flags, MessageFlags flag, bool? isSet) => isSet switch { true => flags | flag, false => flags & ~flag, null => flags };
    }

    private static IReadOnlyList<string> Tags(IReadOnlyList<string> tags, MessageChange change)
    {
        if (change is { Tags: null, AddTags.Count: 0, RemoveTags.Count: 0 })
            return tags;
        // Those that were there come first where not all find room.
        return [.. (change.Tags ?? tags).Concat(change.AddTags).Except(change.RemoveTags, StringComparer.Ordinal).Take(MessageTag.MaximumCount).Order(StringComparer.Ordinal)];
    }
}
