using Microsoft.Data.Sqlite;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>A prepared query for one row of many columns in the writer's transaction. By ADO.NET, so that a row is read by the same lines as everywhere.</summary>
internal sealed class SqliteRowReader<T> : IDisposable
{
    private readonly SqliteCommand command;
    private readonly Func<SqliteDataReader, T> read;

    public SqliteRowReader(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params string[] parameters)
    {
        this.read = read;
        command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this folder
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var each in parameters)
            command.Parameters.Add(each, SqliteType.Integer);
    }

    /// <returns>The first row, or the type's default when there is none.</returns>
    public T? Read(params ReadOnlySpan<long> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        using var row = command.ExecuteReader();
        return row.Read() ? read(row) : default;
    }

    public void Dispose() => command.Dispose();
}
