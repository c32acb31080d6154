using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Users and addresses.</summary>
internal sealed partial class PostgresMessageStore
{
    private const string SelectCredentials = "SELECT user_name, mailbox_id, verifier, clear_secret FROM credentials";

    public async Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) =>
        (await pool.QueryAsync(SelectCredentials + " WHERE user_key = $1", PostgresRows.Credential, cancellationToken, PostgresCommand.Clean(MailboxCredential.KeyOf(user)))).FirstOrDefault();

    public async Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) =>
        await pool.QueryAsync(SelectCredentials + $" WHERE {OfMailbox(mailboxId)} ORDER BY user_key", PostgresRows.Credential, cancellationToken, mailboxId);

    public Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken) => AddAccessAsync(
        credential.MailboxId, transaction => InsertAsync(transaction, credential, cancellationToken), cancellationToken);

    public Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken) => ChangeAccessAsync(
        "UPDATE credentials SET verifier = $2, clear_secret = $3 WHERE user_key = $1 RETURNING mailbox_id", cancellationToken, PostgresCommand.Clean(MailboxCredential.KeyOf(user)), verifier, clearSecret);

    public Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken) =>
        ChangeAccessAsync("DELETE FROM credentials WHERE user_key = $1 RETURNING mailbox_id", cancellationToken, PostgresCommand.Clean(MailboxCredential.KeyOf(user)));

    public async Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken) =>
        (await pool.QueryAsync("SELECT octets FROM secrets WHERE name = 'unknown users'", row => row.GetFieldValue<byte[]>(0), cancellationToken)).Single();

    public ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindRulesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => addresses.FindAsync(keys, cancellationToken);

    public async Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken)
    {
        var rows = await pool.QueryAsync($"""
            SELECT address, kind, address_key, mailbox_id FROM addresses WHERE {OfMailbox(mailboxId)} AND kind = coalesce($2::smallint, kind) ORDER BY address_key
            """, row => new MailboxAddress(new((AddressRuleKind)row.GetInt16(1), row.GetString(0), row.GetString(2)), row.GetInt32(3)), cancellationToken, mailboxId, (short?)kind);
        return rows;
    }

    public Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken) => AddAccessAsync(
        address.MailboxId, transaction => InsertAsync(transaction, address, cancellationToken), cancellationToken);

    public Task<bool> RemoveAddressAsync(string key, CancellationToken cancellationToken) =>
        ChangeAccessAsync("DELETE FROM addresses WHERE address_key = $1 RETURNING mailbox_id", cancellationToken, PostgresCommand.Clean(key));

    // One condition for both, by coalesce, would be served by no index.
    private static string OfMailbox(int? mailboxId) => mailboxId is null ? "$1::integer IS NULL" : "mailbox_id = $1";

    private Task<AccessChange> AddAccessAsync(int mailboxId, Func<PostgresTransaction, Task<bool>> insert, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        // Held, so that it does not go meanwhile.
        if ((await transaction.QueryAsync("SELECT 1 FROM mailboxes WHERE id = $1 FOR KEY SHARE", _ => true, cancellationToken, mailboxId)).Count == 0)
            return AccessChange.NoMailbox;
        if (!await insert(transaction))
            return AccessChange.Taken;
        transaction.Events.Add(new MailboxChanged(mailboxId));
        return AccessChange.Done;
    }, cancellationToken);

    private Task<bool> ChangeAccessAsync(string sql, CancellationToken cancellationToken, params object?[] values) => WriteAsync(async transaction =>
    {
        var changed = await transaction.QueryAsync(sql, row => row.GetInt32(0), cancellationToken, values);
        transaction.Events.AddRange(changed.Select(each => new MailboxChanged(each)));
        return changed.Count > 0;
    }, cancellationToken);

    private static async Task<bool> InsertAsync(PostgresTransaction transaction, MailboxCredential credential, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("INSERT INTO credentials (user_key, user_name, mailbox_id, verifier, clear_secret) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", cancellationToken,
            MailboxCredential.KeyOf(credential.User), credential.User, credential.MailboxId, credential.Verifier, credential.ClearSecret) > 0;

    private static async Task<bool> InsertAsync(PostgresTransaction transaction, MailboxAddress address, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("INSERT INTO addresses (address_key, address, kind, mailbox_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", cancellationToken,
            address.Rule.Key, address.Rule.Text, (short)address.Rule.Kind, address.MailboxId) > 0;
}
