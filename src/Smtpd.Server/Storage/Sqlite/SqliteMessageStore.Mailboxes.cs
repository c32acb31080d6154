using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Projects, mailboxes, and what leads to them.</summary>
internal sealed partial class SqliteMessageStore
{
    private const int ExpiredAtOnce = 100;

    public async Task<IReadOnlyList<Project>> ListProjectsAsync(CancellationToken cancellationToken) => await reader.ListProjectsAsync(cancellationToken);

    public Task<Project?> AddProjectAsync(string name, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        return WriteAsync(batch => batch.Mailboxes.TryAddProject(name, now));
    }

    public Task<ProjectChange> RenameProjectAsync(int projectId, string name, CancellationToken cancellationToken) =>
        WriteAsync(batch => batch.Mailboxes.RenameProject(projectId, name));

    public Task<ProjectChange> RemoveProjectAsync(int projectId, CancellationToken cancellationToken) => WriteAsync(batch => batch.Mailboxes.RemoveProject(projectId));

    public async Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) => await reader.ListMailboxesAsync(cancellationToken);

    public async Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(MailboxQuery query, CancellationToken cancellationToken) => await reader.ListMailboxesAsync(query, cancellationToken);

    public async ValueTask<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) => await reader.FindMailboxAsync(mailboxId, cancellationToken);

    public Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken) => reader.FindMailboxAsync(name, cancellationToken);

    public async Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        var addition = await WriteAsync(batch =>
            batch.Mailboxes.TryAdd(mailbox, now, out var taken) is { } id ? new(new Mailbox(id, mailbox.Settings, now, 0, 0, 0), null) : new MailboxAddition(null, taken));
        addresses.Changed();
        return addition.Mailbox is null ? addition : addition with { Mailbox = await reader.FindMailboxAsync(addition.Mailbox.Id, cancellationToken) ?? addition.Mailbox };
    }

    public async Task<MailboxAddition> ChangeMailboxAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken)
    {
        while (await reader.FindMailboxAsync(mailboxId, cancellationToken) is { } mailbox)
        {
            // Not on the writer's thread: whatever it throws is the caller's.
            var changed = change(mailbox.Settings);
            if (changed == mailbox.Settings)
                return new(mailbox, null);
            switch (await WriteAsync(batch => batch.Mailboxes.TryChange(mailboxId, mailbox.Settings, changed)))
            {
                case SettingsChange.Done:
                    await RemoveAsync((batch, files) => batch.Find(mailboxId) is { } state ? batch.Messages.MakeRoom(mailboxId, state, except: 0, files) : 0, cancellationToken);
                    return new(await reader.FindMailboxAsync(mailboxId, cancellationToken), null);
                case SettingsChange.Taken:
                    return new(null, changed.Name);
                case SettingsChange.NoMailbox or SettingsChange.NoProject:
                    return default;
            }
        }

        return default;
    }

    public async Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken)
    {
        bool? isRemoved = null;
        // Mail may come meanwhile: the last of it goes together with the mailbox.
        await RemoveAsync((batch, files) =>
        {
            if (batch.Find(mailboxId) is null)
                return 0;
            var removed = batch.Messages.RemoveSome(mailboxId, long.MaxValue, files);
            if (removed < SqliteMessages.RemovedPerTransaction)
            {
                batch.Mailboxes.Remove(mailboxId);
                isRemoved = true;
            }

            return removed;
        }, cancellationToken);
        return isRemoved is true;
    }

    public async Task<IReadOnlyList<int>> ListExpiredMailboxesAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        await reader.ListExpiredMailboxesAsync(now, ExpiredAtOnce, cancellationToken);

    public Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => reader.FindCredentialAsync(user, cancellationToken);

    public async Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) =>
        await reader.ListCredentialsAsync(mailboxId, cancellationToken);

    public Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken) => WriteAsync(batch => batch.Access.AddCredential(credential));

    public Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken) =>
        WriteAsync(batch => batch.Access.TryChangePassword(user, verifier, clearSecret));

    public Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken) => WriteAsync(batch => batch.Access.TryRemoveCredential(user));

    public Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken) => reader.ReadSecretAsync("unknown users", cancellationToken);

    public ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindRulesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new(addresses.Find(keys));

    public async Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken) =>
        await reader.ListAddressesAsync(mailboxId, kind, cancellationToken);

    public async Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken)
    {
        var change = await WriteAsync(batch => batch.Access.AddAddress(address));
        addresses.Changed();
        return change;
    }

    public Task<bool> RemoveAddressAsync(string key, CancellationToken cancellationToken) => WriteAsync(batch => batch.Access.TryRemoveAddress(key));
}
