using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The writer's connection: opened when it is needed, given up when it fails, not tried again at once.</summary>
internal sealed class PostgresWriterSession(PostgresPool pool, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private NpgsqlConnection? connection;
    private (int Process, DateTime Started)? backend;
    private TimeSpan pause;
    private DateTimeOffset notBefore;

    /// <param name="now">Also while the pause after a failure lasts.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be reached, or could not be a moment ago.</exception>
    public async Task<NpgsqlConnection> OpenAsync(bool now, CancellationToken cancellationToken)
    {
        if (connection is { State: System.Data.ConnectionState.Open })
            return connection;
        await DropAsync();
        if (!now && clock.GetUtcNow() < notBefore)
            throw new StoreUnavailableException("The database does not answer.");
        NpgsqlConnection? opened = null;
        try
        {
            opened = await pool.OpenOwnAsync(cancellationToken);
            await EndFormerAsync(opened, cancellationToken);
            pause = TimeSpan.Zero;
            return connection = opened;
        }
        catch (Exception e) when (PostgresFailure.IsOne(e))
        {
            if (opened is not null)
                await opened.DisposeAsync();
            pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            notBefore = clock.GetUtcNow() + pause;
            throw PostgresFailure.Unavailable(e);
        }
    }

    /// <summary>Gives the connection up; the next <see cref="OpenAsync"/> makes a new one.</summary>
    public async ValueTask DropAsync()
    {
        if (connection is null)
            return;
        var dropped = connection;
        connection = null;
        try
        {
            await dropped.DisposeAsync();
        }
        catch (Exception e) when (PostgresFailure.IsOne(e))
        {
            // It was broken already.
        }
    }

    public ValueTask DisposeAsync() => DropAsync();

    // Behind a connection that broke, the server may still be at work on our last transaction, or hold its locks while waiting for us. When it is
    // gone, that transaction is committed or it never will be.
    private async Task EndFormerAsync(NpgsqlConnection opened, CancellationToken cancellationToken)
    {
        const int Patience = 5000;
        await using NpgsqlBatch batch = new(opened)
        {
            BatchCommands =
            {
                PostgresCommand.Of("SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2",
                    backend?.Process ?? 0, backend?.Started ?? DateTime.UnixEpoch, (long)Patience),
                PostgresCommand.Of("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"),
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        backend = (rows.GetInt32(0), rows.GetDateTime(1));
    }
}
