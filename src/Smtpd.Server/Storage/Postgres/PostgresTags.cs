namespace Smtpd.Server.Storage.Postgres;

/// <summary>Keeps <c>delivery_tags</c> and the counts in <c>tags</c> in step with what deliveries say. The mailboxes are locked already.</summary>
internal static class PostgresTags
{
    public static async Task ReplaceAsync(PostgresTransaction transaction, IReadOnlyList<TagChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
            return;
        Dictionary<(int MailboxId, string Tag), long> counts = [];
        List<(int MailboxId, string Key, long MessageId)> added = [];
        foreach (var each in changes)
        {
            foreach (var tag in each.Before.Except(each.After, StringComparer.Ordinal))
                counts[(each.MailboxId, tag)] = counts.GetValueOrDefault((each.MailboxId, tag)) - 1;
            foreach (var tag in each.After.Except(each.Before, StringComparer.Ordinal))
                counts[(each.MailboxId, tag)] = counts.GetValueOrDefault((each.MailboxId, tag)) + 1;
            added.AddRange(each.After.Select(Key).Distinct(StringComparer.Ordinal).Select(key => (each.MailboxId, key, each.MessageId)));
        }

        await using var batch = transaction.Batch();
        batch.BatchCommands.Add(PostgresCommand.Of("""
            DELETE FROM delivery_tags t USING unnest($1::integer[], $2::bigint[], $3::text[]) v (mailbox_id, message_id, tag_key)
            WHERE t.mailbox_id = v.mailbox_id AND t.message_id = v.message_id AND t.tag_key = v.tag_key
            """, Gone(changes)));
        batch.BatchCommands.Add(PostgresCommand.Of(
            "INSERT INTO delivery_tags (mailbox_id, tag_key, message_id) SELECT * FROM unnest($1::integer[], $2::text[], $3::bigint[])",
            added.Select(each => each.MailboxId).ToArray(), added.Select(each => each.Key).ToArray(), added.Select(each => each.MessageId).ToArray()));
        var changed = counts.Where(each => each.Value != 0).ToList();
        int[] mailboxIds = [.. changed.Select(each => each.Key.MailboxId)];
        string[] tags = [.. changed.Select(each => each.Key.Tag)];
        batch.BatchCommands.Add(PostgresCommand.Of("""
            INSERT INTO tags AS t (mailbox_id, tag, messages) SELECT * FROM unnest($1::integer[], $2::text[], $3::bigint[])
            ON CONFLICT (mailbox_id, tag) DO UPDATE SET messages = t.messages + excluded.messages
            """, mailboxIds, tags, changed.Select(each => each.Value).ToArray()));
        batch.BatchCommands.Add(PostgresCommand.Of("""
            DELETE FROM tags t USING unnest($1::integer[], $2::text[]) v (mailbox_id, tag) WHERE t.mailbox_id = v.mailbox_id AND t.tag = v.tag AND t.messages <= 0
            """, mailboxIds, tags));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What <c>tag:</c> is compared with.</summary>
    public static string Key(string tag) => tag.ToLowerInvariant();

    private static object[] Gone(IReadOnlyList<TagChange> changes)
    {
        List<(int MailboxId, long MessageId, string Key)> rows = [.. changes.SelectMany(each => each.Before.Select(tag => (each.MailboxId, each.MessageId, Key(tag))))];
        return [rows.Select(each => each.MailboxId).ToArray(), rows.Select(each => each.MessageId).ToArray(), rows.Select(each => each.Key).ToArray()];
    }
}

/// <summary>A delivery whose tags change.</summary>
internal sealed record TagChange(int MailboxId, long MessageId, IReadOnlyList<string> Before, IReadOnlyList<string> After);
