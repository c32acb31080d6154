namespace Smtpd;

/// <summary>Knows which mailbox mail belongs to, by credentials and by address, for servers that follow the seed's model (<see cref="SmtpServerOptions.OnNewMail"/>).</summary>
public interface IMailboxDirectory : ICredentialStore
{
    /// <summary>The mailbox of an address in one of <see cref="AddressMode.Domains"/>; <see cref="MailAddress.Username"/> is what to look for.</summary>
    /// <returns>The number of the mailbox, or null when there is none.</returns>
    ValueTask<int?> FindByAddressAsync(MailAddress address, CancellationToken cancellationToken);

    /// <summary>The limits of a mailbox.</summary>
    ValueTask<MailboxLimits> GetLimitsAsync(int mailboxId, CancellationToken cancellationToken);
}

/// <summary>The limits of one mailbox; null leaves the server's own in force.</summary>
/// <param name="RateLimit">Messages in a window of one second, or of ten seconds when the limit is above ten.</param>
/// <param name="MessageOctets">Octets of a message.</param>
public readonly record struct MailboxLimits(int? RateLimit = null, long? MessageOctets = null);
