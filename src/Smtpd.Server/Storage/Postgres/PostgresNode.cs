using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>This server among those that share the database.</summary>
/// <param name="Number">No other server has it now: a lock of the session that listens.</param>
/// <param name="Channel">On which the nodes of this store talk; other stores may be in the same database.</param>
internal sealed record PostgresNode(int Number, string Channel)
{
    /// <summary>Whoever visits only: it makes no ids and hears nothing.</summary>
    public const int Visitor = MessageIdSource.Nodes;

    /// <summary>Takes a number that is free; it is free again when the connection ends, however that ends.</summary>
    /// <param name="before">The number that this server had: it made ids with it until a moment ago, so nobody else should get it. All servers lose theirs at once when the database starts anew.</param>
    /// <exception cref="StoreRefusedException">All are taken.</exception>
    public static async Task<int> TakeNumberAsync(NpgsqlConnection connection, int? before, CancellationToken cancellationToken)
    {
        var first = before ?? 0;
        for (var i = 0; i < MessageIdSource.Nodes; i++)
        {
            var number = (first + i) % MessageIdSource.Nodes;
            await using NpgsqlBatch batch = new(connection) { BatchCommands = { PostgresCommand.Of("SELECT pg_try_advisory_lock($1, $2)", PostgresSchema.LockClass, number) } };
            if (await batch.ExecuteScalarAsync(cancellationToken) is true)
                return number;
        }

        throw new StoreRefusedException($"{MessageIdSource.Nodes} servers share this database already, and there are no more numbers.");
    }

    public static async Task<string> ReadChannelAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection) { BatchCommands = { new NpgsqlBatchCommand("SELECT 'smtpd_' || encode(octets, 'hex') FROM secrets WHERE name = 'store'") } };
        return (string)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }
}
