namespace Smtpd.Server.Mailboxes;

/// <summary>A group of mailboxes. Its id is never given out a second time.</summary>
internal sealed record Project(int Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>The project that the first start creates; mailboxes lie there unless told otherwise.</summary>
    public const int DefaultId = 1;
    public const string DefaultName = "default";
}
