namespace Smtpd;

/// <summary>How a server of the seed's kind behaves; its <c>ServerConfig</c>.</summary>
public sealed record SmtpServerConfig
{
    /// <summary>Whether mail is taken only from a connection that has a <see cref="SmtpConnection.MailboxId"/>; others get 530 5.7.0. Default false.</summary>
    public bool AuthRequired { get; init; }

    /// <summary>What the greeting says behind the host name. Default <c>ESMTP Service ready</c>.</summary>
    public string WelcomeMessage { get; init; } = "ESMTP Service ready";

    /// <summary>The largest message in octets; null leaves <see cref="SmtpLimits.MessageOctets"/> in force.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>Messages a mailbox may get in a window of one second, or of ten seconds when the number is above ten; null is no limit.</summary>
    /// <remarks>Over it DATA is answered <c>550 5.7.0 Requested action not taken: too many emails per second</c>.</remarks>
    public int? RateLimit { get; init; }

    /// <summary>Mailboxes by recipient address.</summary>
    public AddressMode AddressMode { get; init; } = new();
}

/// <summary>Finding the mailbox by the recipient's address instead of by credentials.</summary>
public sealed record AddressMode
{
    /// <summary>Whether recipients are looked up. Needs <see cref="SmtpServerOptions.MailboxDirectory"/>. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>The domains whose local parts name mailboxes; compared as <see cref="MailAddress.AsciiHostname"/>.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];
}
