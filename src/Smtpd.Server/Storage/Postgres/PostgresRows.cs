using System.Text.Json;
using Npgsql;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Rows as records, and the columns that they need in that order.</summary>
internal static class PostgresRows
{
    public const string MailboxColumns = """
        id, name, created_at, project_id, is_open, expires_at, limit_messages, limit_bytes, limit_age, limit_message_bytes, rate_messages, rate_window, rate_refusal,
        message_count, message_bytes, unread_count
        """;

    public const string MessageColumns = """
        d.mailbox_id, d.uid, m.id, m.received_at, m.size, m.sha256, m.sender, m.recipient_count, m.helo, m.remote_address, m.received_by, m.protocol, m.tls, m.user_name,
        d.recipients, m.summary, d.flags, d.tags, r.reading
        """;

    /// <summary>The column behind those of a message.</summary>
    public const int AfterMessage = 19;

    public const string MessageTables = "JOIN messages m ON m.id = d.message_id LEFT JOIN readings r ON r.message_id = d.message_id";

    public static Mailbox Mailbox(NpgsqlDataReader row) => new(row.GetInt32(0), Settings(row, 1), Time(row, 2), row.GetInt64(13), row.GetInt64(14), row.GetInt64(15));

    public static MailboxCredential Credential(NpgsqlDataReader row) => new(row.GetString(0), row.GetInt32(1), row.GetString(2), StringOrNull(row, 3));

    public static Message Message(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetInt64(1), new MessageId(row.GetInt64(2)), Time(row, 3), row.GetInt64(4), row.GetFieldValue<byte[]>(5),
        new MessageEnvelope(row.GetString(6), row.GetInt32(7), row.GetString(8), StringOrNull(row, 9), row.GetString(10), row.GetString(11), StringOrNull(row, 12), StringOrNull(row, 13)),
        JsonSerializer.Deserialize(row.GetString(14), StorageJson.Default.IReadOnlyListString) ?? [],
        JsonSerializer.Deserialize(row.GetString(15), StorageJson.Default.HeaderSummary) ?? HeaderSummary.Empty,
        (MessageFlags)row.GetInt32(16))
    {
        Tags = row.GetFieldValue<string[]>(17),
        Reading = row.IsDBNull(18) ? null : JsonSerializer.Deserialize(row.GetString(18), StorageJson.Default.MessageReading),
    };

    public static DateTimeOffset Time(NpgsqlDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    private static MailboxSettings Settings(NpgsqlDataReader row, int name) => new(row.GetString(name))
    {
        ProjectId = row.GetInt32(3),
        IsOpen = row.GetBoolean(4),
        ExpiresAt = row.IsDBNull(5) ? null : Time(row, 5),
        Limits = new(
            row.IsDBNull(6) ? null : row.GetInt32(6), LongOrNull(row, 7), LongOrNull(row, 8) is long age ? TimeSpan.FromMilliseconds(age) : null, LongOrNull(row, 9),
            row.IsDBNull(10) ? null : new MailboxRate(row.GetInt32(10), TimeSpan.FromMilliseconds(row.GetInt64(11)), (RateRefusal)row.GetInt16(12))),
    };

    private static string? StringOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? LongOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
