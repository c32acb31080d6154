namespace Smtpd.Server.Mailboxes;

/// <summary>A numbered mailbox. Neither its id nor a UID in it is ever given out a second time.</summary>
internal sealed record Mailbox(int Id, string Name, DateTimeOffset CreatedAt, long MessageCount, long MessageBytes)
{
    /// <summary>The mailbox that the first start creates.</summary>
    public const int DefaultId = 1;
    public const string DefaultName = "default";
    public const int MaximumNameLength = 100;
}
