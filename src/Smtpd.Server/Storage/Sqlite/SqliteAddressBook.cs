using Microsoft.Data.Sqlite;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Answers, for every RCPT, where an address leads: one prepared statement on a connection of its own. Thread-safe.</summary>
/// <remarks>Asked of the database every time, so what `smtpd mailbox` changes beside a running server is true at once; it costs microseconds.</remarks>
internal sealed class SqliteAddressBook : IDisposable
{
    private readonly Lock gate = new();
    private readonly SqliteConnection connection;
    private readonly SqliteStatement select;

    public SqliteAddressBook(string directory)
    {
        connection = SqliteDatabase.OpenForReading(directory);
        select = new SqliteStatement(connection, "SELECT mailbox_id FROM addresses WHERE address_key = ?");
    }

    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public int? Find(MailAddress address)
    {
        Span<long> mailboxId = stackalloc long[1];
        try
        {
            lock (gate)
                return select.Bind(1, MailboxAddress.KeyOf(address)).TryReadRow(mailboxId) ? (int)mailboxId[0] : null;
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException("Reading failed: " + e.Message, e);
        }
    }

    public void Dispose()
    {
        select.Dispose();
        connection.Dispose();
    }
}
