namespace Smtpd.Server.Mailboxes;

/// <summary>Which users and which addresses belong to which mailbox. A mailbox may have several of both, and takes them along when it is removed.</summary>
internal interface IMailboxAccess
{
    /// <summary>The credential of a user, or <c>null</c>.</summary>
    Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken);

    /// <summary>All credentials, by user.</summary>
    Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(CancellationToken cancellationToken);

    Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken);

    /// <summary>Replaces verifier and clear secret; the user and the mailbox stay.</summary>
    /// <returns>False when there is no such user.</returns>
    Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken);

    /// <summary>A secret of the store, the same for ever: what is made of it for a user who does not exist looks as lasting as what is kept for one who does.</summary>
    Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken);

    /// <summary>The mailbox that an address leads to, or <c>null</c>. Asked for every recipient: quick.</summary>
    ValueTask<int?> FindMailboxIdAsync(MailAddress address, CancellationToken cancellationToken);

    /// <summary>All addresses.</summary>
    Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(CancellationToken cancellationToken);

    Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveAddressAsync(MailAddress address, CancellationToken cancellationToken);
}

internal enum AccessChange
{
    Done,

    /// <summary>There is no such mailbox.</summary>
    NoMailbox,

    /// <summary>The user or the address is taken.</summary>
    Taken,
}

/// <summary>What opens a mailbox by AUTH.</summary>
/// <param name="User">As given; compared by <see cref="KeyOf"/>.</param>
/// <param name="Verifier">The text of a SCRAM-SHA-256 verifier.</param>
/// <param name="ClearSecret">The password itself, where it was asked to be kept for CRAM-MD5.</param>
internal sealed record MailboxCredential(string User, int MailboxId, string Verifier, string? ClearSecret)
{
    public const int MaximumUserLength = 255;

    /// <summary>What two names of the same user have in common: user names are mostly e-mail addresses, and telephones begin them with a capital.</summary>
    // RFC 8265 3.3 (UsernameCaseMapped) without normalization, whose tables this program is built without.
    public static string KeyOf(string user) => user.ToLowerInvariant();

    public static bool IsUser(string user) => user.Length is > 0 and <= MaximumUserLength && !user.Any(char.IsControl);

    // A record prints all it has, and this one has secrets.
    public override string ToString() => User;
}

/// <summary>An address that leads to a mailbox.</summary>
internal sealed record MailboxAddress(MailAddress Address, int MailboxId)
{
    /// <summary>What two ways of writing the same address have in common. No mail system that anybody uses tells local parts apart by case.</summary>
    public static string KeyOf(MailAddress address) => address.LocalPart.ToLowerInvariant() + "@" + address.AsciiHostname;
}

/// <summary>A mailbox to be made, with whoever and whatever shall lead to it.</summary>
/// <param name="Credentials">Their mailbox is the new one, whatever they say.</param>
internal sealed record NewMailbox(string Name, IReadOnlyList<MailboxCredential> Credentials, IReadOnlyList<MailAddress> Addresses);

/// <param name="Taken">What stands in the way when <paramref name="Mailbox"/> is <c>null</c>: the name, a user or an address.</param>
internal readonly record struct MailboxAddition(Mailbox? Mailbox, string? Taken);
