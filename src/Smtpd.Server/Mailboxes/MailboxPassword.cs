using System.Security.Cryptography;

namespace Smtpd.Server.Mailboxes;

/// <summary>Makes of a password what is kept of it.</summary>
internal static class MailboxPassword
{
    // NIST SP 800-63B 5.1.1.2 asks for at least 8, and for nothing else of what used to be asked.
    public const int MinimumLength = 8;
    public const int MaximumLength = 1024;
    public const string Requirement = "a password has 8 to 1024 characters and no control characters";

    private const int GeneratedLength = 20;

    // Nothing that is mistaken for something else when it is read out or typed; 5 bits each.
    private const string GeneratedCharacters = "abcdefghjkmnpqrstuvwxyz23456789A";

    /// <summary>A new password of 100 random bits.</summary>
    public static string Generate() => RandomNumberGenerator.GetString(GeneratedCharacters, GeneratedLength);

    /// <returns>The credential, or <c>null</c> when the password is not one (<see cref="Requirement"/>). Costs a key derivation: milliseconds.</returns>
    public static MailboxCredential? TryCreate(string user, int mailboxId, string password, bool keepsClearSecret = false) =>
        password.Length < MinimumLength ? null : TryCreateFromAny(user, mailboxId, password, keepsClearSecret);

    /// <summary>The same for a password that nobody has chosen for this, so that it may be short.</summary>
    public static MailboxCredential? TryCreateFromAny(string user, int mailboxId, string password, bool keepsClearSecret = false)
    {
        if (password.Length is 0 or > MaximumLength)
            return null;
        try
        {
            return new(user, mailboxId, ScramVerifier.Create(password).ToString(), keepsClearSecret ? password : null);
        }
        catch (ArgumentException)
        {
            return null; // SASLprep prohibits some of its characters
        }
    }
}
