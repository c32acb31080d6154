namespace Smtpd.Server.Mailboxes;

/// <summary>Keeps projects and mailboxes.</summary>
internal interface IMailboxStore
{
    /// <summary>All projects, by id.</summary>
    Task<IReadOnlyList<Project>> ListProjectsAsync(CancellationToken cancellationToken);

    /// <returns><c>null</c> when the name is taken.</returns>
    Task<Project?> AddProjectAsync(string name, CancellationToken cancellationToken);

    Task<ProjectChange> RenameProjectAsync(int projectId, string name, CancellationToken cancellationToken);

    /// <summary>Removes a project without mailboxes.</summary>
    Task<ProjectChange> RemoveProjectAsync(int projectId, CancellationToken cancellationToken);

    /// <summary>All mailboxes, by id.</summary>
    Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken);

    /// <summary>One page of them, by id.</summary>
    Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(MailboxQuery query, CancellationToken cancellationToken);

    ValueTask<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken);

    Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken);

    /// <summary>Adds a mailbox with its users and addresses, or nothing at all.</summary>
    Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken);

    /// <summary>Changes what a mailbox is told, in one step with the reading of what it was. Messages that are now too many go at once.</summary>
    /// <param name="change">From the settings as they are to what they shall be; may run more than once.</param>
    /// <returns>Its <see cref="MailboxAddition.Mailbox"/> is <c>null</c> and <see cref="MailboxAddition.Taken"/> too when there is no such mailbox or project.</returns>
    Task<MailboxAddition> ChangeMailboxAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken);

    /// <summary>Removes a mailbox with everything in it and all that leads to it.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken);

    /// <summary>Ids of mailboxes whose time is over, at most 100.</summary>
    Task<IReadOnlyList<int>> ListExpiredMailboxesAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="ProjectId">Only those of this project; <c>null</c> for all.</param>
/// <param name="After">The id of the last one seen, 0 to begin.</param>
internal sealed record MailboxQuery(int? ProjectId, int After, int Limit);

internal enum ProjectChange
{
    Done,
    NoProject,

    /// <summary>The name is taken.</summary>
    Taken,

    /// <summary>Mailboxes are in it, or it is the default project.</summary>
    InUse,
}
