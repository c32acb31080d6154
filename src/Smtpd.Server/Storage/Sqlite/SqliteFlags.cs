using System.Text.Json;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Flags and tags of messages: statements of the writer's transaction.</summary>
internal sealed class SqliteFlags
{
    private readonly SqliteBatch batch;
    private readonly SqliteRowReader<(long MessageId, MessageFlags Flags, IReadOnlyList<string> Tags)> select;
    private readonly SqliteStatement update;
    private readonly SqliteStatement insertTag;
    private readonly SqliteStatement deleteTag;
    private readonly SqliteStatement countUp;
    private readonly SqliteStatement countDown;
    private readonly SqliteStatement deleteCount;

    public SqliteFlags(SqliteBatch batch)
    {
        this.batch = batch;
        select = batch.PrepareReader("SELECT message_id, flags, tags FROM deliveries WHERE mailbox_id = $mailbox AND uid = $uid",
            row => (row.GetInt64(0), (MessageFlags)row.GetInt32(1), SqliteRows.Strings(row, 2)), "$mailbox", "$uid");
        update = batch.Prepare("UPDATE deliveries SET flags = ?3, tags = ?4 WHERE mailbox_id = ?1 AND uid = ?2");
        insertTag = batch.Prepare("INSERT INTO delivery_tags (mailbox_id, tag_key, message_id, uid, tag) VALUES (?, ?, ?, ?, ?)");
        deleteTag = batch.Prepare("DELETE FROM delivery_tags WHERE mailbox_id = ? AND tag_key = ? AND message_id = ? AND uid = ? AND tag = ?");
        countUp = batch.Prepare("INSERT INTO tag_counts (mailbox_id, tag, messages) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET messages = messages + 1");
        countDown = batch.Prepare("UPDATE tag_counts SET messages = messages - 1 WHERE mailbox_id = ? AND tag = ?");
        deleteCount = batch.Prepare("DELETE FROM tag_counts WHERE mailbox_id = ? AND tag = ? AND messages <= 0");
    }

    /// <summary>What tags are found by.</summary>
    public static string KeyOf(string tag) => tag.ToLowerInvariant();

    /// <returns>False when there is no such message.</returns>
    public bool TryChange(int mailboxId, long uid, MessageChange change)
    {
        if (batch.Find(mailboxId) is not { } state || select.Read(mailboxId, uid) is not { MessageId: not 0 } row)
            return false;
        var flags = With(With(row.Flags, MessageFlags.Read, change.Read), MessageFlags.Pinned, change.Pinned);
        var tags = Change(row.Tags, change);
        if (flags == row.Flags && tags.SequenceEqual(row.Tags, StringComparer.Ordinal))
            return true;
        if (flags.HasFlag(MessageFlags.Read) != row.Flags.HasFlag(MessageFlags.Read))
            state.Unread += flags.HasFlag(MessageFlags.Read) ? -1 : 1;
        update.Bind(1, mailboxId).Bind(2, uid).Bind(3, (int)flags)
            .Bind(4, tags.Count == 0 ? null : JsonSerializer.Serialize(tags, StorageJson.Default.IReadOnlyListString)).Run();
        foreach (var each in row.Tags.Except(tags, StringComparer.Ordinal))
            RemoveTag(mailboxId, uid, row.MessageId, each);
        foreach (var each in tags.Except(row.Tags, StringComparer.Ordinal))
        {
            insertTag.Bind(1, mailboxId).Bind(2, KeyOf(each)).Bind(3, row.MessageId).Bind(4, uid).Bind(5, each).Run();
            countUp.Bind(1, mailboxId).Bind(2, each).Run();
        }

        batch.MessageChanged(mailboxId, uid);
        return true;
    }

    /// <summary>The message goes.</summary>
    public void RemoveTags(int mailboxId, long uid, long messageId)
    {
        foreach (var each in select.Read(mailboxId, uid).Tags)
            RemoveTag(mailboxId, uid, messageId, each);
    }

    private void RemoveTag(int mailboxId, long uid, long messageId, string tag)
    {
        deleteTag.Bind(1, mailboxId).Bind(2, KeyOf(tag)).Bind(3, messageId).Bind(4, uid).Bind(5, tag).Run();
        countDown.Bind(1, mailboxId).Bind(2, tag).Run();
        deleteCount.Bind(1, mailboxId).Bind(2, tag).Run();
    }

    private static MessageFlags With(MessageFlags flags, MessageFlags one, bool? isSet) => isSet switch
    {
        true => flags | one,
        false => flags & ~one,
        null => flags,
    };

    // Of too many the ones that are there already stay.
    private static IReadOnlyList<string> Change(IReadOnlyList<string> tags, MessageChange change)
    {
        if (change is { Tags: null, AddTags.Count: 0, RemoveTags.Count: 0 })
            return tags;
        return [.. (change.Tags ?? tags).Union(change.AddTags, StringComparer.Ordinal).Except(change.RemoveTags, StringComparer.Ordinal)
            .Take(MessageTag.MaximumCount).Order(StringComparer.Ordinal)];
    }
}
