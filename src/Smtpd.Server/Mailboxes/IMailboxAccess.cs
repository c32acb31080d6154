namespace Smtpd.Server.Mailboxes;

/// <summary>Which users and which addresses belong to which mailbox. A mailbox may have several of both, and takes them along when it is removed.</summary>
internal interface IMailboxAccess
{
    /// <summary>The credential of a user, or <c>null</c>.</summary>
    Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken);

    /// <summary>All credentials, or those of one mailbox, by user.</summary>
    Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken);

    Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken);

    /// <summary>Replaces verifier and clear secret; the user and the mailbox stay.</summary>
    /// <returns>False when there is no such user.</returns>
    Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken);

    /// <summary>A secret of the store, the same for ever: what is made of it for a user who does not exist looks as lasting as what is kept for one who does.</summary>
    Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken);

    /// <summary>Of these rule keys those that exist, in any order, with their mailboxes. Asked for every recipient: quick.</summary>
    ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindRulesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>All rules, those of one mailbox, or those of one kind, by key.</summary>
    Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken);

    Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken);

    /// <param name="key">See <see cref="AddressRule.Key"/>.</param>
    /// <returns>False when there was none.</returns>
    Task<bool> RemoveAddressAsync(string key, CancellationToken cancellationToken);
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
