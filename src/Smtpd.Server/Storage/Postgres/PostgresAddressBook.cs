using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Answers, for every RCPT, which rules there are. Thread-safe.</summary>
/// <remarks>Asked of the database every time, except that "no address at all" is believed for a second, or until a node says that it changed something: most stores have none.</remarks>
internal sealed class PostgresAddressBook
{
    private static readonly TimeSpan EmptyFor = TimeSpan.FromSeconds(1);

    private readonly PostgresPool pool;
    private readonly TimeProvider clock;
    private long emptySince = long.MinValue;

    public PostgresAddressBook(PostgresPool pool, MailFeed feed, TimeProvider clock)
    {
        this.pool = pool;
        this.clock = clock;
        feed.Subscribe(happened =>
        {
            if (happened is MailboxChanged or MailboxOverrun)
                Volatile.Write(ref emptySince, long.MinValue);
        });
    }

    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public async ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var since = Volatile.Read(ref emptySince);
        if (since != long.MinValue && clock.GetElapsedTime(since) < EmptyFor)
            return [];
        // Read before the look: a change that is told while we look makes it look again.
        var now = clock.GetTimestamp();
        var found = await pool.QueryAsync("""
            SELECT address_key, mailbox_id FROM addresses WHERE address_key = ANY($1) UNION ALL SELECT NULL, 0 WHERE NOT EXISTS (SELECT FROM addresses)
            """, row => (Key: row.IsDBNull(0) ? null : row.GetString(0), MailboxId: row.GetInt32(1)), cancellationToken, (object)keys.Select(PostgresCommand.Clean).ToArray());
        if (found is [{ Key: null }])
        {
            Interlocked.CompareExchange(ref emptySince, now, since);
            return [];
        }

        return [.. found.Select(each => (each.Key!, each.MailboxId))];
    }
}
