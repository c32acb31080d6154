using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Users and addresses of mailboxes: statements of the writer's transaction.</summary>
internal sealed class SqliteAccess
{
    private readonly SqliteBatch batch;
    private readonly SqliteStatement selectUser;
    private readonly SqliteStatement insertCredential;
    private readonly SqliteStatement updateCredential;
    private readonly SqliteStatement deleteCredential;
    private readonly SqliteStatement selectAddress;
    private readonly SqliteStatement insertAddress;
    private readonly SqliteStatement deleteAddress;

    public SqliteAccess(SqliteBatch batch)
    {
        this.batch = batch;
        selectUser = batch.Prepare("SELECT 1 FROM credentials WHERE user_key = ?");
        insertCredential = batch.Prepare("""
            INSERT INTO credentials (user_key, user, mailbox_id, verifier, clear_secret) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1
            """);
        updateCredential = batch.Prepare("UPDATE credentials SET verifier = ?2, clear_secret = ?3 WHERE user_key = ?1 RETURNING mailbox_id");
        deleteCredential = batch.Prepare("DELETE FROM credentials WHERE user_key = ? RETURNING mailbox_id");
        selectAddress = batch.Prepare("SELECT 1 FROM addresses WHERE address_key = ?");
        insertAddress = batch.Prepare("INSERT INTO addresses (address_key, address, mailbox_id, kind) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1");
        deleteAddress = batch.Prepare("DELETE FROM addresses WHERE address_key = ? RETURNING mailbox_id");
    }

    /// <summary>The first user or address that somebody has already.</summary>
    public string? FindTaken(NewMailbox mailbox) =>
        mailbox.Credentials.FirstOrDefault(each => selectUser.Bind(1, MailboxCredential.KeyOf(each.User)).TryReadRow([]))?.User
        ?? mailbox.Addresses.Where(each => selectAddress.Bind(1, each.Key).TryReadRow([])).Select(each => each.Text).FirstOrDefault();

    public AccessChange AddCredential(MailboxCredential credential) =>
        batch.Find(credential.MailboxId) is null ? AccessChange.NoMailbox
        : Tell(insertCredential.Bind(1, MailboxCredential.KeyOf(credential.User)).Bind(2, credential.User).Bind(3, credential.MailboxId)
            .Bind(4, credential.Verifier).Bind(5, credential.ClearSecret).TryReadRow([]), credential.MailboxId) ? AccessChange.Done : AccessChange.Taken;

    public bool TryChangePassword(string user, string verifier, string? clearSecret) =>
        TryRun(updateCredential.Bind(1, MailboxCredential.KeyOf(user)).Bind(2, verifier).Bind(3, clearSecret));

    public bool TryRemoveCredential(string user) => TryRun(deleteCredential.Bind(1, MailboxCredential.KeyOf(user)));

    public AccessChange AddAddress(MailboxAddress address) =>
        batch.Find(address.MailboxId) is null ? AccessChange.NoMailbox
        : Tell(insertAddress.Bind(1, address.Rule.Key).Bind(2, address.Rule.Text).Bind(3, address.MailboxId).Bind(4, (int)address.Rule.Kind).TryReadRow([]), address.MailboxId)
            ? AccessChange.Done : AccessChange.Taken;

    public bool TryRemoveAddress(string key) => TryRun(deleteAddress.Bind(1, key));

    private bool TryRun(SqliteStatement statement)
    {
        Span<long> mailboxId = stackalloc long[1];
        return Tell(statement.TryReadRow(mailboxId), (int)mailboxId[0]);
    }

    private bool Tell(bool isDone, int mailboxId)
    {
        if (isDone)
            batch.Happened(new MailboxChanged(mailboxId));
        return isDone;
    }
}
