using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Takes messages out of mailboxes; with the last delivery goes the message. The mailboxes are locked already.</summary>
internal static class PostgresRemoval
{
    /// <summary>More in one transaction would keep arriving mail waiting.</summary>
    public const int AtOnce = 500;

    /// <returns>How many there were.</returns>
    public static async Task<int> RunAsync(PostgresTransaction transaction, IReadOnlyCollection<(int MailboxId, long Uid)> which, CancellationToken cancellationToken)
    {
        int[] mailboxIds = [.. which.Select(each => each.MailboxId)];
        long[] uids = [.. which.Select(each => each.Uid)];
        // Two transactions may take the last two deliveries of a message at one time: whoever comes second must see that the other is gone.
        long[] messages = [.. await transaction.QueryAsync("""
            SELECT m.id FROM messages m
            WHERE m.id IN (SELECT d.message_id FROM deliveries d JOIN unnest($1::integer[], $2::bigint[]) v (mailbox_id, uid) ON d.mailbox_id = v.mailbox_id AND d.uid = v.uid)
            ORDER BY m.id FOR UPDATE
            """, row => row.GetInt64(0), cancellationToken, mailboxIds, uids)];
        if (messages.Length == 0)
            return 0;
        var removed = await transaction.QueryAsync("""
            DELETE FROM deliveries d USING unnest($1::integer[], $2::bigint[]) v (mailbox_id, uid), messages m
            WHERE d.mailbox_id = v.mailbox_id AND d.uid = v.uid AND m.id = d.message_id
            RETURNING d.mailbox_id, d.uid, m.size, d.flags, d.message_id, d.tags
            """, row => (MailboxId: row.GetInt32(0), Uid: row.GetInt64(1), Size: row.GetInt64(2), Flags: (MessageFlags)row.GetInt32(3), MessageId: row.GetInt64(4), Tags: row.GetFieldValue<string[]>(5)),
            cancellationToken, mailboxIds, uids);
        foreach (var each in removed.GroupBy(each => each.MailboxId))
        {
            transaction.Count(each.Key, -each.Count(), -each.Sum(one => one.Size), -each.Count(one => !one.Flags.HasFlag(MessageFlags.Read)));
            transaction.Events.Add(new MessagesRemoved(each.Key, [.. each.Select(one => one.Uid).Order()]));
        }

        await transaction.ExecuteAsync("DELETE FROM leases l USING unnest($1::integer[], $2::bigint[]) v (mailbox_id, uid) WHERE l.mailbox_id = v.mailbox_id AND l.uid = v.uid",
            cancellationToken, mailboxIds, uids);
        await PostgresTags.ReplaceAsync(transaction, [.. removed.Where(each => each.Tags.Length > 0).Select(each => new TagChange(each.MailboxId, each.MessageId, each.Tags, []))], cancellationToken);
        await RemoveMessagesAsync(transaction, messages, cancellationToken);
        return removed.Count;
    }

    private static async Task RemoveMessagesAsync(PostgresTransaction transaction, long[] ids, CancellationToken cancellationToken)
    {
        var gone = await transaction.QueryAsync("""
            DELETE FROM messages m WHERE m.id = ANY($1) AND NOT EXISTS (SELECT FROM deliveries d WHERE d.message_id = m.id) RETURNING m.id, m.in_file
            """, row => (Id: row.GetInt64(0), IsInFile: row.GetBoolean(1)), cancellationToken, ids);
        if (gone.Count == 0)
            return;
        transaction.UselessFiles.AddRange(gone.Where(each => each.IsInFile).Select(each => new MessageId(each.Id)));
        long[] goneIds = [.. gone.Select(each => each.Id)];
        await using var batch = transaction.Batch();
        foreach (var sql in new[]
        {
            "DELETE FROM contents WHERE message_id = ANY($1)",
            "DELETE FROM transcripts WHERE message_id = ANY($1)",
            "DELETE FROM readings WHERE message_id = ANY($1)",
            "DELETE FROM words WHERE message_id = ANY($1)",
            "DELETE FROM to_index WHERE message_id = ANY($1)",
        })
            batch.BatchCommands.Add(PostgresCommand.Of(sql, goneIds));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
