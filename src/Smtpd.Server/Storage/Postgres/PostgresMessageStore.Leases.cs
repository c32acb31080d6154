using System.Security.Cryptography;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Mailboxes as work queues. Everything happens under the mailbox's lock, so a message is with one worker only, whichever nodes are asked.</summary>
internal sealed partial class PostgresMessageStore
{
    private const string SelectLeased = $"SELECT {PostgresRows.MessageColumns}, l.attempts, l.max_attempts FROM leases l JOIN deliveries d ON d.mailbox_id = l.mailbox_id AND d.uid = l.uid {PostgresRows.MessageTables}";

    public async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int mailboxId, LeaseRequest request, CancellationToken cancellationToken) => await WriteAsync(async transaction =>
    {
        var now = options.Clock.GetUtcNow();
        var pointer = await transaction.QueryAsync("SELECT next_lease FROM mailboxes WHERE id = $1 FOR NO KEY UPDATE", row => row.GetInt64(0), cancellationToken, mailboxId);
        if (pointer.Count == 0)
            return [];
        var milliseconds = now.ToUnixTimeMilliseconds();
        // One whose last attempt is used up becomes dead instead.
        await transaction.ExecuteAsync("UPDATE leases SET is_dead = true, token = NULL WHERE mailbox_id = $1 AND NOT is_dead AND until <= $2 AND attempts >= max_attempts",
            cancellationToken, mailboxId, milliseconds);
        var leased = await transaction.QueryAsync(SelectLeased + " WHERE l.mailbox_id = $1 AND NOT l.is_dead AND l.until <= $2 ORDER BY l.until, l.uid LIMIT $3",
            row => (Message: PostgresRows.Message(row), Attempts: row.GetInt32(PostgresRows.AfterMessage), Maximum: row.GetInt32(PostgresRows.AfterMessage + 1)),
            cancellationToken, mailboxId, milliseconds, request.Limit);
        var room = request.Limit - leased.Count;
        if (room > 0)
        {
            var fresh = await transaction.QueryAsync($"""
                SELECT {PostgresRows.MessageColumns} FROM (SELECT * FROM deliveries WHERE mailbox_id = $1 AND uid >= $2 ORDER BY uid LIMIT $3) d {PostgresRows.MessageTables} ORDER BY d.uid
                """, PostgresRows.Message, cancellationToken, mailboxId, pointer[0], room);
            leased.AddRange(fresh.Select(each => (each, 0, request.Attempts)));
            if (fresh.Count > 0)
                await transaction.ExecuteAsync("UPDATE mailboxes SET next_lease = $2 WHERE id = $1", cancellationToken, mailboxId, fresh[^1].Uid + 1);
        }

        return await TakeAsync(transaction, mailboxId, leased, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds + PostgresRows.Milliseconds(request.Visibility)), cancellationToken);
    }, cancellationToken);

    public Task<bool> AcknowledgeAsync(int mailboxId, long uid, string token, bool delete, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        if (!await transaction.LockAsync(mailboxId, cancellationToken)
            || await transaction.ExecuteAsync("DELETE FROM leases WHERE mailbox_id = $1 AND uid = $2 AND token = $3 AND until > $4",
                cancellationToken, mailboxId, uid, PostgresCommand.Clean(token), options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) == 0)
            return false;
        if (delete)
            await PostgresRemoval.RunAsync(transaction, [(mailboxId, uid)], cancellationToken);
        return true;
    }, cancellationToken);

    public Task<bool> ReleaseAsync(int mailboxId, long uid, string token, TimeSpan delay, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await transaction.LockAsync(mailboxId, cancellationToken)
            && await transaction.ExecuteAsync("""
                UPDATE leases SET token = NULL, until = $5, is_dead = attempts >= max_attempts WHERE mailbox_id = $1 AND uid = $2 AND token = $3 AND until > $4
                """, cancellationToken, mailboxId, uid, PostgresCommand.Clean(token), now, now + PostgresRows.Milliseconds(delay)) > 0;
    }, cancellationToken);

    public async Task<IReadOnlyList<DeadMessage>> ListDeadAsync(int mailboxId, long? after, int limit, CancellationToken cancellationToken) =>
        await pool.QueryAsync(SelectLeased + " WHERE l.mailbox_id = $1 AND l.is_dead AND l.uid > $2 ORDER BY l.uid LIMIT $3",
            row => new DeadMessage(PostgresRows.Message(row), row.GetInt32(PostgresRows.AfterMessage)), cancellationToken, mailboxId, after ?? 0, limit);

    public Task<bool> ReviveAsync(int mailboxId, long uid, CancellationToken cancellationToken) => WriteAsync(async transaction =>
        await transaction.LockAsync(mailboxId, cancellationToken)
            && await transaction.ExecuteAsync("UPDATE leases SET is_dead = false, token = NULL, attempts = 0, until = $3 WHERE mailbox_id = $1 AND uid = $2 AND is_dead",
                cancellationToken, mailboxId, uid, options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) > 0, cancellationToken);

    private static async Task<IReadOnlyList<LeasedMessage>> TakeAsync(
        PostgresTransaction transaction, int mailboxId, List<(Message Message, int Attempts, int Maximum)> messages, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return [];
        List<LeasedMessage> leased = [.. messages.Select(each => new LeasedMessage(each.Message, RandomNumberGenerator.GetHexString(32, lowercase: true), each.Attempts + 1, until))];
        await transaction.ExecuteAsync("""
            INSERT INTO leases (mailbox_id, uid, token, until, attempts, max_attempts) SELECT $1, v.uid, v.token, $2, v.attempts, v.maximum
            FROM unnest($3::bigint[], $4::text[], $5::integer[], $6::integer[]) v (uid, token, attempts, maximum)
            ON CONFLICT (mailbox_id, uid) DO UPDATE SET token = excluded.token, until = excluded.until, attempts = excluded.attempts
            """, cancellationToken, mailboxId, until.ToUnixTimeMilliseconds(), leased.Select(each => each.Message.Uid).ToArray(), leased.Select(each => each.Token).ToArray(),
            leased.Select(each => each.Attempt).ToArray(), messages.Select(each => each.Maximum).ToArray());
        return leased;
    }
}
