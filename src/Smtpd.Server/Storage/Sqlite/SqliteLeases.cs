using System.Security.Cryptography;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Who works on which message: statements of the writer's transaction.</summary>
/// <remarks>
/// A mailbox knows the UID up to which everything was leased once; of those only what is neither acknowledged nor gone has a row. So a mailbox that nobody leases
/// from has none, and the next message never leased is found in one step.
/// </remarks>
internal sealed class SqliteLeases
{
    // Each may be one that becomes dead instead of being leased, so the number has its own bound.
    private const int LooksPerTransaction = 1000;

    private readonly SqliteBatch batch;
    private readonly SqliteStatement selectFree;
    private readonly SqliteStatement selectFresh;
    private readonly SqliteStatement insert;
    private readonly SqliteStatement update;
    private readonly SqliteStatement bury;
    private readonly SqliteStatement selectHeld;
    private readonly SqliteStatement delete;
    private readonly SqliteStatement revive;

    public SqliteLeases(SqliteBatch batch)
    {
        this.batch = batch;
        selectFree = batch.Prepare("SELECT uid, attempt, attempts FROM leases WHERE mailbox_id = ? AND until <= ? ORDER BY until, uid LIMIT 1");
        selectFresh = batch.Prepare("SELECT uid FROM deliveries WHERE mailbox_id = ? AND uid > ? ORDER BY uid LIMIT 1");
        insert = batch.Prepare("INSERT INTO leases (mailbox_id, uid, token, attempt, attempts, until) VALUES (?, ?, ?, 1, ?, ?)");
        update = batch.Prepare("UPDATE leases SET token = ?3, attempt = ?4, until = ?5 WHERE mailbox_id = ?1 AND uid = ?2");
        bury = batch.Prepare("UPDATE leases SET token = NULL, until = NULL WHERE mailbox_id = ? AND uid = ?");
        selectHeld = batch.Prepare("SELECT attempt, attempts FROM leases WHERE mailbox_id = ? AND uid = ? AND token = ? AND until > ?");
        delete = batch.Prepare("DELETE FROM leases WHERE mailbox_id = ? AND uid = ?");
        revive = batch.Prepare("UPDATE leases SET attempt = 0, until = ?3 WHERE mailbox_id = ?1 AND uid = ?2 AND until IS NULL RETURNING 1");
    }

    /// <summary>Leases the free ones first that were leased before, then new ones.</summary>
    public List<Lease> Take(int mailboxId, LeaseRequest request, DateTimeOffset time)
    {
        List<Lease> taken = [];
        if (batch.Find(mailboxId) is not { } state)
            return taken;
        var now = time.ToUnixTimeMilliseconds();
        var until = SqliteRows.Time((time + request.Visibility).ToUnixTimeMilliseconds());
        Span<long> row = stackalloc long[3];
        for (var looks = 0; looks < LooksPerTransaction && taken.Count < request.Limit && selectFree.Bind(1, mailboxId).Bind(2, now).TryReadRow(row); looks++)
        {
            (var uid, var attempt, var attempts) = (row[0], (int)row[1], row[2]);
            if (attempt >= attempts)
            {
                bury.Bind(1, mailboxId).Bind(2, uid).Run();
                continue;
            }

            Lease lease = new(uid, NewToken(), attempt + 1, until);
            update.Bind(1, mailboxId).Bind(2, uid).Bind(3, lease.Token).Bind(4, lease.Attempt).Bind(5, until.ToUnixTimeMilliseconds()).Run();
            taken.Add(lease);
        }

        while (taken.Count < request.Limit && selectFresh.Bind(1, mailboxId).Bind(2, state.LeasedUid).TryReadRow(row[..1]))
        {
            Lease lease = new(row[0], NewToken(), 1, until);
            insert.Bind(1, mailboxId).Bind(2, lease.Uid).Bind(3, lease.Token).Bind(4, request.Attempts).Bind(5, until.ToUnixTimeMilliseconds()).Run();
            state.LeasedUid = lease.Uid;
            taken.Add(lease);
        }

        return taken;
    }

    /// <returns>False when the lease is over.</returns>
    public bool TryEnd(int mailboxId, long uid, string token, DateTimeOffset now) => IsHeld(mailboxId, uid, token, now, stackalloc long[2]) && Remove(mailboxId, uid);

    /// <returns>False when the lease is over.</returns>
    public bool TryRelease(int mailboxId, long uid, string token, TimeSpan delay, DateTimeOffset now)
    {
        Span<long> row = stackalloc long[2];
        if (!IsHeld(mailboxId, uid, token, now, row))
            return false;
        if (row[0] >= row[1])
            bury.Bind(1, mailboxId).Bind(2, uid).Run();
        else
            update.Bind(1, mailboxId).Bind(2, uid).Bind(4, row[0]).Bind(5, (now + delay).ToUnixTimeMilliseconds()).Run();
        return true;
    }

    /// <returns>False when it is not dead.</returns>
    public bool TryRevive(int mailboxId, long uid, DateTimeOffset now) => revive.Bind(1, mailboxId).Bind(2, uid).Bind(3, now.ToUnixTimeMilliseconds()).TryReadRow([]);

    /// <summary>The message is acknowledged or gone.</summary>
    public bool Remove(int mailboxId, long uid)
    {
        delete.Bind(1, mailboxId).Bind(2, uid).Run();
        return true;
    }

    private bool IsHeld(int mailboxId, long uid, string token, DateTimeOffset now, Span<long> row) =>
        selectHeld.Bind(1, mailboxId).Bind(2, uid).Bind(3, token).Bind(4, now.ToUnixTimeMilliseconds()).TryReadRow(row);

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

/// <summary>A lease without its message.</summary>
internal readonly record struct Lease(long Uid, string Token, int Attempt, DateTimeOffset Until);
