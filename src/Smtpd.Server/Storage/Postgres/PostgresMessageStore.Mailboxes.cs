using Npgsql;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Projects and mailboxes.</summary>
internal sealed partial class PostgresMessageStore
{
    private const string SelectMailboxes = $"SELECT {PostgresRows.MailboxColumns} FROM mailboxes";

    public async Task<IReadOnlyList<Project>> ListProjectsAsync(CancellationToken cancellationToken) =>
        await pool.QueryAsync("SELECT id, name, created_at FROM projects ORDER BY id", row => new Project(row.GetInt32(0), row.GetString(1), PostgresRows.Time(row, 2)), cancellationToken);

    public Task<Project?> AddProjectAsync(string name, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return (await transaction.QueryAsync("INSERT INTO projects (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id, name, created_at",
            row => new Project(row.GetInt32(0), row.GetString(1), PostgresRows.Time(row, 2)), cancellationToken, PostgresCommand.Clean(name), now)).FirstOrDefault();
    }, cancellationToken);

    public Task<ProjectChange> RenameProjectAsync(int projectId, string name, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        if (!await LockProjectAsync(transaction, projectId, cancellationToken))
            return ProjectChange.NoProject;
        if (await IsTakenAsync(transaction, "SELECT 1 FROM projects WHERE name = $1 AND id <> $2", PostgresCommand.Clean(name), projectId))
            return ProjectChange.Taken;
        await transaction.ExecuteAsync("UPDATE projects SET name = $2 WHERE id = $1", cancellationToken, projectId, PostgresCommand.Clean(name));
        return ProjectChange.Done;
    }, cancellationToken);

    public Task<ProjectChange> RemoveProjectAsync(int projectId, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        // Locked against mailboxes that come in meanwhile: they reference it.
        if (!await LockProjectAsync(transaction, projectId, cancellationToken))
            return ProjectChange.NoProject;
        if (projectId == Project.DefaultId || await IsTakenAsync(transaction, "SELECT 1 FROM mailboxes WHERE project_id = $1 LIMIT 1", projectId))
            return ProjectChange.InUse;
        await transaction.ExecuteAsync("DELETE FROM projects WHERE id = $1", cancellationToken, projectId);
        return ProjectChange.Done;
    }, cancellationToken);

    public async Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) =>
        await pool.QueryAsync(SelectMailboxes + " ORDER BY id", PostgresRows.Mailbox, cancellationToken);

    public async Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(MailboxQuery query, CancellationToken cancellationToken) => await pool.QueryAsync(
        SelectMailboxes + " WHERE id > $1 AND ($2::integer IS NULL OR project_id = $2) ORDER BY id LIMIT $3", PostgresRows.Mailbox, cancellationToken, query.After, query.ProjectId, query.Limit);

    public async ValueTask<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) =>
        (await pool.QueryAsync(SelectMailboxes + " WHERE id = $1", PostgresRows.Mailbox, cancellationToken, mailboxId)).FirstOrDefault();

    public async Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken) =>
        (await pool.QueryAsync(SelectMailboxes + " WHERE name = $1", PostgresRows.Mailbox, cancellationToken, PostgresCommand.Clean(name))).FirstOrDefault();

    public Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken) => InsertOrTakenAsync(mailbox.Settings.Name, async transaction =>
    {
        var taken = await FirstTakenAsync(transaction, mailbox, cancellationToken);
        if (taken is not null)
            return new(null, taken);
        if (!await IsTakenAsync(transaction, "SELECT 1 FROM projects WHERE id = $1 FOR KEY SHARE", mailbox.Settings.ProjectId))
            return new(null, null);
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var added = (await transaction.QueryAsync($"""
            INSERT INTO mailboxes (name, created_at, project_id, is_open, expires_at, limit_messages, limit_bytes, limit_age, limit_message_bytes, rate_messages, rate_window, rate_refusal)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING {PostgresRows.MailboxColumns}
            """, PostgresRows.Mailbox, cancellationToken, [PostgresCommand.Clean(mailbox.Settings.Name), now, .. Values(mailbox.Settings)])).Single();
        foreach (var each in mailbox.Credentials)
            await InsertAsync(transaction, each with { MailboxId = added.Id }, cancellationToken);
        foreach (var each in mailbox.Addresses)
            await InsertAsync(transaction, new MailboxAddress(each, added.Id), cancellationToken);
        transaction.Events.Add(new MailboxChanged(added.Id));
        return new(added, null);
    }, cancellationToken);

    public async Task<MailboxAddition> ChangeMailboxAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken)
    {
        var changed = await ChangeSettingsAsync(mailboxId, change, cancellationToken);
        if (changed.Mailbox is null)
            return changed;
        while (await TrimAsync(mailboxId, cancellationToken) == PostgresRemoval.AtOnce)
            cancellationToken.ThrowIfCancellationRequested();
        return new(await FindMailboxAsync(mailboxId, cancellationToken), null);
    }

    public async Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken)
    {
        await DeleteAllAsync(mailboxId, cancellationToken);
        // Mail may have come meanwhile: the rest goes together with the mailbox.
        return await WriteAsync(async transaction =>
        {
            if ((await transaction.QueryAsync("SELECT 1 FROM mailboxes WHERE id = $1 FOR UPDATE", _ => true, cancellationToken, mailboxId)).Count == 0)
                return false;
            while (await RemoveSomeAsync(transaction, mailboxId, "true", cancellationToken) > 0)
                cancellationToken.ThrowIfCancellationRequested();
            transaction.ForgetCounters();
            await transaction.ExecuteAsync("DELETE FROM mailboxes WHERE id = $1", cancellationToken, mailboxId);
            transaction.Events.Add(new MailboxChanged(mailboxId));
            return true;
        }, cancellationToken);
    }

    public async Task<IReadOnlyList<int>> ListExpiredMailboxesAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        await pool.QueryAsync("SELECT id FROM mailboxes WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100", row => row.GetInt32(0), cancellationToken, now.ToUnixTimeMilliseconds());

    private Task<MailboxAddition> ChangeSettingsAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken) => WriteAsync<MailboxAddition>(async transaction =>
    {
        var was = (await transaction.QueryAsync(SelectMailboxes + " WHERE id = $1 FOR NO KEY UPDATE", PostgresRows.Mailbox, cancellationToken, mailboxId)).FirstOrDefault();
        if (was is null)
            return new(null, null);
        var settings = change(was.Settings);
        if (settings == was.Settings)
            return new(was, null);
        if (!await IsTakenAsync(transaction, "SELECT 1 FROM projects WHERE id = $1 FOR KEY SHARE", settings.ProjectId))
            return new(null, null);
        try
        {
            var changed = (await transaction.QueryAsync($"""
                UPDATE mailboxes SET name = $2, project_id = $3, is_open = $4, expires_at = $5, limit_messages = $6, limit_bytes = $7, limit_age = $8, limit_message_bytes = $9,
                  rate_messages = $10, rate_window = $11, rate_refusal = $12
                WHERE id = $1 RETURNING {PostgresRows.MailboxColumns}
                """, PostgresRows.Mailbox, cancellationToken, [mailboxId, PostgresCommand.Clean(settings.Name), .. Values(settings)])).Single();
            transaction.Events.Add(new MailboxChanged(mailboxId));
            return new(changed, null);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation)
        {
            return transaction.GiveUp(new MailboxAddition(null, settings.Name));
        }
    }, cancellationToken);

    private Task<int> TrimAsync(int mailboxId, CancellationToken cancellationToken) => WriteAsync(async transaction =>
    {
        var state = (await transaction.QueryAsync($"SELECT {PostgresMailboxState.Columns} FROM mailboxes WHERE id = $1 FOR NO KEY UPDATE",
            PostgresMailboxState.Read, cancellationToken, mailboxId)).FirstOrDefault();
        return state is null ? 0 : await PostgresLimits.TrimAsync(transaction, mailboxId, state.ExcessMessages, state.ExcessBytes, long.MaxValue, cancellationToken);
    }, cancellationToken);

    private static async Task<string?> FirstTakenAsync(PostgresTransaction transaction, NewMailbox mailbox, CancellationToken cancellationToken)
    {
        foreach (var each in mailbox.Credentials)
        {
            if (await IsTakenAsync(transaction, "SELECT 1 FROM credentials WHERE user_key = $1", MailboxCredential.KeyOf(each.User)))
                return each.User;
        }

        foreach (var each in mailbox.Addresses)
        {
            if (await IsTakenAsync(transaction, "SELECT 1 FROM addresses WHERE address_key = $1", each.Key))
                return each.Text;
        }

        return await IsTakenAsync(transaction, "SELECT 1 FROM mailboxes WHERE name = $1", PostgresCommand.Clean(mailbox.Settings.Name)) ? mailbox.Settings.Name : null;
    }

    // Between the look and the insert another node may have been quicker.
    private async Task<MailboxAddition> InsertOrTakenAsync(string name, Func<PostgresTransaction, Task<MailboxAddition>> insert, CancellationToken cancellationToken) =>
        await WriteAsync(async transaction =>
        {
            try
            {
                return await insert(transaction);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation)
            {
                return transaction.GiveUp(new MailboxAddition(null, name));
            }
        }, cancellationToken);

    private static object?[] Values(MailboxSettings settings)
    {
        var limits = settings.Limits;
        return
        [
            settings.ProjectId, settings.IsOpen, settings.ExpiresAt?.ToUnixTimeMilliseconds(), limits.Messages, limits.Bytes, limits.Age is TimeSpan age ? PostgresRows.Milliseconds(age) : null,
            limits.MessageBytes, limits.Rate?.Messages, limits.Rate is MailboxRate rate ? PostgresRows.Milliseconds(rate.Window) : null, limits.Rate is null ? null : (short)limits.Rate.Refusal,
        ];
    }

    private static async Task<bool> LockProjectAsync(PostgresTransaction transaction, int projectId, CancellationToken cancellationToken) =>
        (await transaction.QueryAsync("SELECT 1 FROM projects WHERE id = $1 FOR UPDATE", _ => true, cancellationToken, projectId)).Count > 0;

    private static async Task<bool> IsTakenAsync(PostgresTransaction transaction, string sql, params object?[] values) =>
        (await transaction.QueryAsync(sql, _ => true, CancellationToken.None, values)).Count > 0;
}
