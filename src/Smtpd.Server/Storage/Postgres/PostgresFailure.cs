using System.Net.Sockets;
using System.Text;
using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>What exceptions mean. What the server says stays with the exception, for the log: it may repeat what is in a message.</summary>
internal static class PostgresFailure
{
    public static bool IsOne(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException
        || (e is ObjectDisposedException or InvalidOperationException && e.Source is "Npgsql" or "System.Threading.Channels");

    public static StoreUnavailableException Unavailable(Exception e) => e as StoreUnavailableException ?? e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new("The database has no room left.", e) { NoRoom = true },
        PostgresException { SqlState: var code } => new($"The database answered with error {code}.", e),
        IOException and not EndOfStreamException => StorageFailure.From("Writing failed", e),
        _ => new("The database does not answer.", e),
    };

    /// <summary>Another transaction was in the way: the same again may well succeed.</summary>
    public static bool IsCollision(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    /// <summary>Whether it is about what one message says rather than about the server: alone, the others would pass.</summary>
    public static bool IsOfOneMessage(Exception e) => e switch
    {
        // 22 data, 23 constraints (an id that another node used), 54 limits.
        PostgresException { SqlState: var code } => code.StartsWith("22", StringComparison.Ordinal) || code.StartsWith("23", StringComparison.Ordinal) || code.StartsWith("54", StringComparison.Ordinal),
        EncoderFallbackException or InvalidCastException or ArgumentException => true,
        _ => false,
    };

    /// <summary>Whether it tells for sure that the transaction was rolled back. Anything else may have come after the commit.</summary>
    public static bool IsCertain(Exception e) => e is PostgresException { Severity: "ERROR" };
}
