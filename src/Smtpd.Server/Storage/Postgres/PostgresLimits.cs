using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Makes a full mailbox fit its limits again: the oldest messages go, pinned ones stay. The mailbox is locked already.</summary>
internal static class PostgresLimits
{
    /// <summary>Removes up to <see cref="PostgresRemoval.AtOnce"/> messages.</summary>
    /// <param name="messages">So many too many; 0 and less for none.</param>
    /// <param name="bytes">So many octets too many.</param>
    /// <param name="before">Only messages with a UID below.</param>
    /// <returns>How many went.</returns>
    public static async Task<int> TrimAsync(PostgresTransaction transaction, int mailboxId, long messages, long bytes, long before, CancellationToken cancellationToken)
    {
        if (messages <= 0 && bytes <= 0)
            return 0;
        var oldest = await transaction.QueryAsync("""
            SELECT uid FROM (
              SELECT d.uid, row_number() OVER oldest - 1 AS messages, coalesce(sum(m.size) OVER (oldest ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes
              FROM (
                SELECT uid, message_id, received_at FROM deliveries WHERE mailbox_id = $1 AND flags & 2 = 0 AND uid < $2 ORDER BY received_at, uid LIMIT $3
              ) d JOIN messages m ON m.id = d.message_id
              WINDOW oldest AS (ORDER BY d.received_at, d.uid)
            ) older WHERE messages < $4 OR bytes < $5
            """, row => (mailboxId, row.GetInt64(0)), cancellationToken, mailboxId, before, PostgresRemoval.AtOnce, messages, bytes);
        return oldest.Count == 0 ? 0 : await PostgresRemoval.RunAsync(transaction, oldest, cancellationToken);
    }
}

/// <summary>What a locked mailbox holds and may hold.</summary>
internal sealed record PostgresMailboxState(int Id, long NextUid, int? LimitMessages, long? LimitBytes, long Messages, long Bytes)
{
    public const string Columns = "id, next_uid, limit_messages, limit_bytes, message_count, message_bytes";

    public static PostgresMailboxState Read(Npgsql.NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));

    public long ExcessMessages => Messages - (LimitMessages ?? long.MaxValue);

    public long ExcessBytes => Bytes - (LimitBytes ?? long.MaxValue);

    public bool IsOverLimit => ExcessMessages > 0 || ExcessBytes > 0;
}
