namespace Smtpd.Server.Mailboxes;

/// <summary>Makes the store agree with what the settings declare. Doing it again changes nothing.</summary>
internal sealed class MailboxDeclaration(IMessageStore store)
{
    /// <exception cref="StoreRefusedException">What is declared contradicts what is there; the message says what to do.</exception>
    public async Task ApplyAsync(IEnumerable<DeclaredMailbox> declared, CancellationToken cancellationToken)
    {
        foreach (var each in declared)
        {
            var projectId = await EnsureProjectAsync(each.Project, cancellationToken);
            var mailbox = await EnsureMailboxAsync(each, projectId, cancellationToken);
            foreach ((var user, var password) in each.Users)
                await EnsureUserAsync(mailbox, user, password, cancellationToken);
            foreach (var rule in each.Addresses)
                await EnsureAddressAsync(mailbox, rule, cancellationToken);
        }
    }

    // Another node may be doing the same: what is taken is looked for once more.
    private async Task<int> EnsureProjectAsync(string name, CancellationToken cancellationToken) =>
        await FindProjectAsync(name, cancellationToken) ?? (await store.AddProjectAsync(name, cancellationToken))?.Id ?? await FindProjectAsync(name, cancellationToken)
        ?? throw new StoreRefusedException($"The project `{name}` of the settings could not be made.");

    private async Task<int?> FindProjectAsync(string name, CancellationToken cancellationToken) =>
        (await store.ListProjectsAsync(cancellationToken)).FirstOrDefault(each => each.Name.Equals(name, StringComparison.Ordinal))?.Id;

    private async Task<Mailbox> EnsureMailboxAsync(DeclaredMailbox declared, int projectId, CancellationToken cancellationToken)
    {
        var found = await store.FindMailboxAsync(declared.Name, cancellationToken);
        if (found is null)
        {
            var addition = await store.AddMailboxAsync(new(declared.Apply(new(declared.Name), projectId), [], []), cancellationToken);
            found = addition.Mailbox ?? await store.FindMailboxAsync(declared.Name, cancellationToken)
                ?? throw new StoreRefusedException($"The mailbox `{declared.Name}` of the settings could not be made.");
        }

        if (found.Settings == declared.Apply(found.Settings, projectId))
            return found;
        return (await store.ChangeMailboxAsync(found.Id, settings => declared.Apply(settings, projectId), cancellationToken)).Mailbox
            ?? throw new StoreRefusedException($"The mailbox `{declared.Name}` of the settings could not be changed.");
    }

    private async Task EnsureUserAsync(Mailbox mailbox, string user, string password, CancellationToken cancellationToken)
    {
        var found = await store.FindCredentialAsync(user, cancellationToken);
        if (found is not null && found.MailboxId != mailbox.Id)
            throw Contradiction("user", user, mailbox, found.MailboxId);
        if (found is not null && Fits(found.Verifier, password))
            return;
        var credential = ScramVerifier.TryParse(password, out _) ? new(user, mailbox.Id, password, null) : MailboxPassword.TryCreate(user, mailbox.Id, password)
            ?? throw new StoreRefusedException($"The password of user `{user}` in the settings cannot be used: {MailboxPassword.Requirement}.");
        if (found is not null)
            await store.ChangePasswordAsync(user, credential.Verifier, null, cancellationToken);
        else
            await store.AddCredentialAsync(credential, cancellationToken);
    }

    private async Task EnsureAddressAsync(Mailbox mailbox, AddressRule rule, CancellationToken cancellationToken)
    {
        if (await store.AddAddressAsync(new(rule, mailbox.Id), cancellationToken) != AccessChange.Taken)
            return;
        foreach ((_, var mailboxId) in await store.FindRulesAsync([rule.Key], cancellationToken))
        {
            if (mailboxId != mailbox.Id)
                throw Contradiction("address", rule.Text, mailbox, mailboxId);
        }
    }

    private static bool Fits(string verifier, string password) => ScramVerifier.TryParse(password, out _)
        ? verifier.Equals(password, StringComparison.Ordinal)
        : ScramVerifier.Parse(verifier).Verify(password);

    private static StoreRefusedException Contradiction(string kind, string what, Mailbox mailbox, int other) =>
        new($"The settings give the {kind} `{what}` to mailbox `{mailbox.Name}` ({mailbox.Id}), but it belongs to mailbox {other}. "
            + $"Remove it there (`smtpd mailbox {(kind is "user" ? "user" : "address")} remove`), or in the settings.");
}
