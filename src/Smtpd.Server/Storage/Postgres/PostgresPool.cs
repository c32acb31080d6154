using System.Globalization;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The connections of a node: a few that everybody borrows, fewer for searches, and such as somebody keeps for himself.</summary>
internal sealed class PostgresPool : IAsyncDisposable
{
    private const int Connections = 8;
    private const int SearchConnections = 4;
    private const int StatementTimeout = 30; // seconds

    // The commit waits for the disk whatever the server's default says; nobody holds locks while doing nothing, or waits for one for ever.
    // Compiling queries costs more than any of ours takes.
    private const string Session = "-c synchronous_commit=on -c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000 -c jit=off";

    private readonly NpgsqlDataSource shared;
    private readonly NpgsqlDataSource searches;
    private readonly NpgsqlDataSource own;

    private readonly TimeSpan searchTime;

    /// <param name="searchTime">How long a search may take.</param>
    public PostgresPool(PostgresAddress address, TimeSpan searchTime)
    {
        this.searchTime = searchTime;
        shared = Source(address, "", connection =>
        {
            connection.MaxPoolSize = Connections;
            connection.MaxAutoPrepare = 100;
        });
        // Not prepared: a plan made for any word is a bad plan for a rare one, and for a common one too.
        // Every way of a search is along an index; what reads all of a table is never the better one for a page of results.
        searches = Source(
            address, string.Create(CultureInfo.InvariantCulture, $" -c statement_timeout={(long)searchTime.TotalMilliseconds} -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"),
            connection => connection.MaxPoolSize = SearchConnections);
        own = Source(address, "", connection =>
        {
            connection.Pooling = false;
            connection.MaxAutoPrepare = 50;
            connection.KeepAlive = 10;
        });
    }

    /// <summary>A connection that belongs to the caller.</summary>
    public ValueTask<NpgsqlConnection> OpenOwnAsync(CancellationToken cancellationToken) => own.OpenConnectionAsync(cancellationToken);

    /// <summary>A borrowed one, given back when it is disposed.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => shared.OpenConnectionAsync(cancellationToken);

    /// <summary>Reads outside of a transaction.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values) =>
        QueryAsync(shared, PostgresCommand.Of(sql, values), read, cancellationToken);

    /// <summary>Reads on the connections for searches.</summary>
    /// <exception cref="StoreUnavailableException">It took too long, or the database does not answer.</exception>
    public async Task<List<T>> SearchAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await QueryAsync(searches, command, read, cancellationToken);
        }
        catch (StoreUnavailableException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(string.Create(CultureInfo.InvariantCulture,
                $"The search was given up after {searchTime.TotalSeconds:0.#} s. Ask for longer words, for one mailbox or for a span of time (after:, before:)."), e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await shared.DisposeAsync();
        await searches.DisposeAsync();
        await own.DisposeAsync();
    }

    private static async Task<List<T>> QueryAsync<T>(NpgsqlDataSource source, NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using NpgsqlBatch batch = new(connection) { BatchCommands = { command } };
            await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
            List<T> found = [];
            while (await rows.ReadAsync(cancellationToken))
                found.Add(read(rows));
            return found;
        }
        catch (Exception e) when (PostgresFailure.IsOne(e))
        {
            throw PostgresFailure.Unavailable(e);
        }
    }

    private static NpgsqlDataSource Source(PostgresAddress address, string session, Action<NpgsqlConnectionStringBuilder> adjust)
    {
        var connection = address.ToConnection();
        // Later words win: what must hold comes behind what the operator says.
        connection.Options = $"{connection.Options} {Session}{session}".Trim();
        connection.CommandTimeout = StatementTimeout;
        if (!address.IsUnixSocket)
        {
            connection.TcpKeepAlive = true;
            connection.TcpKeepAliveTime = 10;
        }

        connection.IncludeErrorDetail = false; // it would repeat mail in the log
        adjust(connection);
        if (connection.Host?.Contains(',', StringComparison.Ordinal) != true)
            return NpgsqlDataSource.Create(connection);
        connection.TargetSessionAttributes = null;
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);
    }
}
