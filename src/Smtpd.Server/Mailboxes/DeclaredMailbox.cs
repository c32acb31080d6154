namespace Smtpd.Server.Mailboxes;

/// <summary>A mailbox that the settings want to be there.</summary>
internal sealed class DeclaredMailbox(string project, string name)
{
    public string Project => project;
    public string Name => name;

    /// <summary><c>null</c>: as it is.</summary>
    public bool? IsOpen { get; set; }

    public IReadOnlyList<AddressRule> Addresses { get; set; } = [];

    /// <summary>Passwords or verifiers by user.</summary>
    public Dictionary<string, string> Users { get; } = new(StringComparer.OrdinalIgnoreCase);

    private readonly List<Func<MailboxQuota, MailboxQuota>> limits = [];

    /// <summary>Adds a limit to those that are declared.</summary>
    public void Limit(Func<MailboxQuota, MailboxQuota> limit) => limits.Add(limit);

    /// <summary>What a mailbox is told, made of what it was told.</summary>
    public MailboxSettings Apply(MailboxSettings settings, int projectId) => settings with
    {
        ProjectId = projectId,
        IsOpen = IsOpen ?? settings.IsOpen,
        Limits = limits.Aggregate(settings.Limits, (limits, limit) => limit(limits)),
    };
}
