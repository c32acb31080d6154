namespace Smtpd.Server.Mailboxes;

/// <summary>A numbered mailbox. Neither its id nor a UID in it is ever given out a second time.</summary>
/// <param name="UnreadCount">Messages without <see cref="MessageFlags.Read"/>.</param>
internal sealed record Mailbox(int Id, MailboxSettings Settings, DateTimeOffset CreatedAt, long MessageCount, long MessageBytes, long UnreadCount)
{
    /// <summary>The mailbox that the first start creates.</summary>
    public const int DefaultId = 1;
    public const string DefaultName = "default";
    public const int MaximumNameLength = 100;

    public string Name => Settings.Name;

    public static bool IsName(string name) => name.Length is > 0 and <= MaximumNameLength && !name.Any(char.IsControl);
}

/// <summary>What its owner says about a mailbox.</summary>
/// <param name="Name">Unique in the store.</param>
internal sealed record MailboxSettings(string Name)
{
    public int ProjectId { get; init; } = Project.DefaultId;

    /// <summary>False: no mail comes in, what is there may be read.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>When the mailbox goes, with everything in it; <c>null</c> for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public MailboxQuota Limits { get; init; } = MailboxQuota.None;

    /// <summary>Whether mail comes in at this time.</summary>
    public bool TakesMail(DateTimeOffset now) => IsOpen && !(ExpiresAt <= now);
}

/// <summary>What a mailbox holds at most. When it is full the oldest messages go, except pinned ones; <c>null</c> is no limit.</summary>
/// <param name="Age">Since they were received.</param>
/// <param name="MessageBytes">Size of one message; a larger one is refused with 552.</param>
internal sealed record MailboxQuota(int? Messages, long? Bytes, TimeSpan? Age, long? MessageBytes, MailboxRate? Rate)
{
    public static MailboxQuota None { get; } = new(null, null, null, null, null);
}

/// <summary>A mailbox to be made, with whoever and whatever shall lead to it.</summary>
/// <param name="Credentials">Their mailbox is the new one, whatever they say.</param>
internal sealed record NewMailbox(MailboxSettings Settings, IReadOnlyList<MailboxCredential> Credentials, IReadOnlyList<AddressRule> Addresses);

/// <param name="Taken">What stands in the way when <paramref name="Mailbox"/> is <c>null</c>: the name, a user or an address.</param>
internal readonly record struct MailboxAddition(Mailbox? Mailbox, string? Taken);
