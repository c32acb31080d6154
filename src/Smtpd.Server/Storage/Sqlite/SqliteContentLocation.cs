using System.Text;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>The database remembers where its large messages are: a setting that has changed must not make them disappear.</summary>
internal static class SqliteContentLocation
{
    /// <param name="location">See <see cref="IContentStore.Location"/>.</param>
    /// <exception cref="StoreRefusedException">They are elsewhere.</exception>
    public static void Verify(SqliteConnection connection, string? location)
    {
        var known = SqliteDatabase.Scalar<byte[]>(connection, "SELECT octets FROM secrets WHERE name = 'content location'") is { Length: > 0 } octets ? Encoding.UTF8.GetString(octets) : null;
        if (string.Equals(known, location, StringComparison.Ordinal))
            return;
        if (SqliteDatabase.Scalar<long>(connection, "SELECT EXISTS (SELECT 1 FROM messages WHERE in_file = 1)") != 0)
            throw new StoreRefusedException($"This store keeps large messages in {known ?? "its directory"}, and the settings say {location ?? "its directory"}. Set Storage:S3 as it was, or start with another --data.");
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO secrets (name, octets) VALUES ('content location', $octets) ON CONFLICT (name) DO UPDATE SET octets = excluded.octets";
        command.Parameters.AddWithValue("$octets", Encoding.UTF8.GetBytes(location ?? ""));
        command.ExecuteNonQuery();
    }
}
