using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Projects and mailboxes: statements of the writer's transaction.</summary>
internal sealed class SqliteMailboxes
{
    private readonly SqliteBatch batch;
    private readonly SqliteStatement selectProject;
    private readonly SqliteStatement selectProjectNamed;
    private readonly SqliteStatement insertProject;
    private readonly SqliteStatement renameProject;
    private readonly SqliteStatement deleteProject;
    private readonly SqliteStatement selectMailboxIn;
    private readonly SqliteStatement selectMailboxNamed;
    private readonly SqliteStatement insertMailbox;
    private readonly SqliteStatement updateMailbox;
    private readonly SqliteStatement deleteMailbox;
    private readonly SqliteRowReader<MailboxSettings> selectSettings;

    public SqliteMailboxes(SqliteBatch batch)
    {
        this.batch = batch;
        selectProject = batch.Prepare("SELECT 1 FROM projects WHERE id = ?");
        selectProjectNamed = batch.Prepare("SELECT id FROM projects WHERE name = ?");
        insertProject = batch.Prepare("INSERT INTO projects (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id");
        renameProject = batch.Prepare("UPDATE projects SET name = ?2 WHERE id = ?1");
        deleteProject = batch.Prepare("DELETE FROM projects WHERE id = ?");
        selectMailboxIn = batch.Prepare("SELECT 1 FROM mailboxes WHERE project_id = ? LIMIT 1");
        selectMailboxNamed = batch.Prepare("SELECT id FROM mailboxes WHERE name = ?");
        insertMailbox = batch.Prepare("INSERT INTO mailboxes (name, created_at) VALUES (?, ?) RETURNING id");
        updateMailbox = batch.Prepare("""
            UPDATE mailboxes SET name = ?2, project_id = ?3, is_open = ?4, expires_at = ?5, max_messages = ?6, max_bytes = ?7, max_age = ?8, max_message_bytes = ?9,
                rate_messages = ?10, rate_window = ?11, rate_refusal = ?12
            WHERE id = ?1
            """);
        deleteMailbox = batch.Prepare("DELETE FROM mailboxes WHERE id = ?");
        selectSettings = batch.PrepareReader(SqliteRows.SelectMailboxes + " WHERE id = $id", row => SqliteRows.Mailbox(row).Settings, "$id");
    }

    /// <returns><c>null</c> when the name is taken.</returns>
    public Project? TryAddProject(string name, DateTimeOffset now)
    {
        Span<long> id = stackalloc long[1];
        return insertProject.Bind(1, name).Bind(2, now.ToUnixTimeMilliseconds()).TryReadRow(id) ? new((int)id[0], name, SqliteRows.Time(now.ToUnixTimeMilliseconds())) : null;
    }

    public ProjectChange RenameProject(int projectId, string name)
    {
        Span<long> other = stackalloc long[1];
        if (!selectProject.Bind(1, projectId).TryReadRow([]))
            return ProjectChange.NoProject;
        if (selectProjectNamed.Bind(1, name).TryReadRow(other) && other[0] != projectId)
            return ProjectChange.Taken;
        renameProject.Bind(1, projectId).Bind(2, name).Run();
        return ProjectChange.Done;
    }

    public ProjectChange RemoveProject(int projectId)
    {
        if (!selectProject.Bind(1, projectId).TryReadRow([]))
            return ProjectChange.NoProject;
        if (projectId == Project.DefaultId || selectMailboxIn.Bind(1, projectId).TryReadRow([]))
            return ProjectChange.InUse;
        deleteProject.Bind(1, projectId).Run();
        return ProjectChange.Done;
    }

    /// <summary>Adds a mailbox with what leads to it, or nothing when something of it is <paramref name="taken"/> or its project is not there.</summary>
    public int? TryAdd(NewMailbox mailbox, DateTimeOffset now, out string? taken)
    {
        taken = batch.Access.FindTaken(mailbox) ?? (selectMailboxNamed.Bind(1, mailbox.Settings.Name).TryReadRow([]) ? mailbox.Settings.Name : null);
        if (taken is not null || !selectProject.Bind(1, mailbox.Settings.ProjectId).TryReadRow([]))
            return null;
        Span<long> row = stackalloc long[1];
        insertMailbox.Bind(1, mailbox.Settings.Name).Bind(2, now.ToUnixTimeMilliseconds()).TryReadRow(row);
        var id = (int)row[0];
        Write(id, mailbox.Settings);
        batch.Happened(new MailboxChanged(id));
        foreach (var each in mailbox.Credentials)
            batch.Access.AddCredential(each with { MailboxId = id });
        foreach (var each in mailbox.Addresses)
            batch.Access.AddAddress(new(each, id));
        return id;
    }

    /// <summary>Changes the settings if they are still what the caller knows.</summary>
    public SettingsChange TryChange(int mailboxId, MailboxSettings known, MailboxSettings changed)
    {
        if (selectSettings.Read(mailboxId) is not { } settings)
            return SettingsChange.NoMailbox;
        if (settings != known)
            return SettingsChange.Outdated;
        Span<long> other = stackalloc long[1];
        if (selectMailboxNamed.Bind(1, changed.Name).TryReadRow(other) && other[0] != mailboxId)
            return SettingsChange.Taken;
        if (!selectProject.Bind(1, changed.ProjectId).TryReadRow([]))
            return SettingsChange.NoProject;
        Write(mailboxId, changed);
        var state = batch.Find(mailboxId)!;
        (state.MaximumMessages, state.MaximumBytes) = (changed.Limits.Messages ?? long.MaxValue, changed.Limits.Bytes ?? long.MaxValue);
        batch.Happened(new MailboxChanged(mailboxId));
        return SettingsChange.Done;
    }

    /// <summary>Removes a mailbox that is already empty.</summary>
    public void Remove(int mailboxId)
    {
        batch.Forget(mailboxId);
        deleteMailbox.Bind(1, mailboxId).Run();
        batch.Happened(new MailboxChanged(mailboxId));
    }

    private void Write(int mailboxId, MailboxSettings settings)
    {
        var limits = settings.Limits;
        updateMailbox.Bind(1, mailboxId).Bind(2, settings.Name).Bind(3, settings.ProjectId).Bind(4, settings.IsOpen ? 1 : 0)
            .Bind(5, settings.ExpiresAt?.ToUnixTimeMilliseconds()).Bind(6, limits.Messages).Bind(7, limits.Bytes).Bind(8, Milliseconds(limits.Age)).Bind(9, limits.MessageBytes)
            .Bind(10, limits.Rate?.Messages).Bind(11, Milliseconds(limits.Rate?.Window)).Bind(12, (long?)limits.Rate?.Refusal).Run();
    }

    private static long? Milliseconds(TimeSpan? time) => time is { } some ? (long)some.TotalMilliseconds : null;
}

internal enum SettingsChange
{
    Done,
    NoMailbox,
    NoProject,

    /// <summary>The name is taken.</summary>
    Taken,

    /// <summary>Somebody else changed them meanwhile: look again.</summary>
    Outdated,
}
