using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>A statement prepared once and run for every message.</summary>
/// <remarks>Below ADO.NET, because there a blob must be an array of its exact length: each message would be copied once more.</remarks>
internal sealed class SqliteStatement(SqliteConnection connection, string sql) : IDisposable
{
    private const int StackedOctets = 512;

    private readonly sqlite3 database = connection.Handle!;
    private readonly sqlite3_stmt statement = Prepare(connection.Handle!, sql);

    public SqliteStatement Bind(int position, long value)
    {
        Verify(raw.sqlite3_bind_int64(statement, position, value));
        return this;
    }

    public SqliteStatement Bind(int position, long? value)
    {
        Verify(value is { } number ? raw.sqlite3_bind_int64(statement, position, number) : raw.sqlite3_bind_null(statement, position));
        return this;
    }

    public SqliteStatement Bind(int position, string? value)
    {
        // SQLite copies it. Given a string, the binding would make an array of it first, for every word of every message.
        byte[]? rented = null;
        Span<byte> stack = stackalloc byte[StackedOctets];
        var octets = value is null || Encoding.UTF8.GetMaxByteCount(value.Length) <= StackedOctets ? stack : rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        Verify(value switch
        {
            null => raw.sqlite3_bind_null(statement, position),
            "" => raw.sqlite3_bind_text(statement, position, value), // an empty span has no address
            _ => raw.sqlite3_bind_text(statement, position, octets[..Encoding.UTF8.GetBytes(value, octets)]),
        });
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    public SqliteStatement Bind(int position, ReadOnlySpan<byte> value)
    {
        // An empty span has no address, which SQLite would read as NULL.
        Verify(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, position, 0) : raw.sqlite3_bind_blob(statement, position, value));
        return this;
    }

    public void Run()
    {
        try
        {
            Verify(raw.sqlite3_step(statement), raw.SQLITE_DONE);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Reads the integers of the first row into <paramref name="columns"/>.</summary>
    /// <returns>False when there is no row.</returns>
    public bool TryReadRow(Span<long> columns)
    {
        try
        {
            var result = raw.sqlite3_step(statement);
            if (result == raw.SQLITE_DONE)
                return false;
            Verify(result, raw.SQLITE_ROW);
            for (var i = 0; i < columns.Length; i++)
                columns[i] = raw.sqlite3_column_int64(statement, i);
            return true;
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => statement.Dispose();

    private static sqlite3_stmt Prepare(sqlite3 database, string sql)
    {
        var result = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared);
        SqliteException.ThrowExceptionForRC(result, database);
        return prepared;
    }

    // Its result repeats the error of the step, which was already thrown.
    private void Reset()
    {
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
    }

    private void Verify(int result, int expected = raw.SQLITE_OK)
    {
        if (result != expected)
            throw Failure(result);
    }

    private SqliteException Failure(int result) =>
        new($"SQLite error {result}: {raw.sqlite3_errmsg(database).utf8_to_string()}", result & 0xFF, raw.sqlite3_extended_errcode(database));
}
