using System.Text.Json;
using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>What rows look like: for each kind the columns to ask for, and how they are read.</summary>
internal static class SqliteRows
{
    public const string MessageColumns = """
        d.mailbox_id, d.uid, m.id, m.received_at, m.size, m.sha256, m.sender, m.recipient_count, m.helo, m.remote_address, m.received_by,
        m.protocol, d.recipients, m.summary, d.flags, m.tls, m.user, d.tags, r.snippet, r.attachments, r.warnings
        """;

    public const string MessageTables = "deliveries d JOIN messages m ON m.id = d.message_id LEFT JOIN readings r ON r.message_id = d.message_id";

    public const string SelectMessages = "SELECT " + MessageColumns + " FROM " + MessageTables;

    public const string SelectMailboxes = """
        SELECT id, name, created_at, message_count, message_bytes, unread_count, project_id, is_open, expires_at, max_messages, max_bytes, max_age, max_message_bytes,
               rate_messages, rate_window, rate_refusal
        FROM mailboxes
        """;

    public const string SelectCredentials = "SELECT user, mailbox_id, verifier, clear_secret FROM credentials";

    public const string SelectAddresses = "SELECT kind, address, address_key, mailbox_id FROM addresses";

    public const string SelectProjects = "SELECT id, name, created_at FROM projects";

    public static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static Message Message(SqliteDataReader row) => new(
        row.GetInt32(0), row.GetInt64(1), new MessageId(row.GetInt64(2)), Time(row.GetInt64(3)), row.GetInt64(4), row.GetFieldValue<byte[]>(5),
        new MessageEnvelope(row.GetString(6), row.GetInt32(7), row.GetString(8), Text(row, 9), row.GetString(10), row.GetString(11), Text(row, 15), Text(row, 16)),
        Strings(row, 12), Summary(row, 13), (MessageFlags)row.GetInt32(14))
    {
        Tags = Strings(row, 17),
        Reading = row.IsDBNull(18) ? null : Reading(row, 18),
    };

    /// <summary>A message, its excerpt and its content if that is small.</summary>
    public static SearchHit Hit(SqliteDataReader row) => new(Message(row), row.GetString(21), row.IsDBNull(22) ? null : row.GetFieldValue<byte[]>(22));

    public static Mailbox Mailbox(SqliteDataReader row) => new(
        row.GetInt32(0),
        new MailboxSettings(row.GetString(1))
        {
            ProjectId = row.GetInt32(6),
            IsOpen = row.GetInt32(7) != 0,
            ExpiresAt = Number(row, 8) is { } expiresAt ? Time(expiresAt) : null,
            Limits = new((int?)Number(row, 9), Number(row, 10), Span(row, 11), Number(row, 12), Span(row, 14) is { } window
                ? new(row.GetInt32(13), window, (RateRefusal)row.GetInt32(15)) : null),
        },
        Time(row.GetInt64(2)), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5));

    public static MailboxCredential Credential(SqliteDataReader row) => new(row.GetString(0), row.GetInt32(1), row.GetString(2), Text(row, 3));

    public static MailboxAddress Address(SqliteDataReader row) =>
        new(new((AddressRuleKind)row.GetInt32(0), row.GetString(1), row.GetString(2)), row.GetInt32(3));

    public static Project Project(SqliteDataReader row) => new(row.GetInt32(0), row.GetString(1), Time(row.GetInt64(2)));

    /// <summary>A column of JSON, <c>NULL</c> for none.</summary>
    public static IReadOnlyList<string> Strings(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? [] : JsonSerializer.Deserialize(row.GetString(column), StorageJson.Default.IReadOnlyListString) ?? [];

    public static HeaderSummary Summary(SqliteDataReader row, int column) =>
        JsonSerializer.Deserialize(row.GetString(column), StorageJson.Default.HeaderSummary) ?? HeaderSummary.Empty;

    private static MessageReading Reading(SqliteDataReader row, int first) => new(
        row.GetString(first), JsonSerializer.Deserialize(row.GetString(first + 1), StorageJson.Default.IReadOnlyListMessageAttachment) ?? [], Strings(row, first + 2));

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static TimeSpan? Span(SqliteDataReader row, int column) => Number(row, column) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
}
