using System.Text;

namespace Smtpd;

/// <summary>Keeps the credentials of users. One record serves PLAIN, LOGIN, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS.</summary>
public interface ICredentialStore
{
    /// <summary>Finds the credential of a user. Called on each attempt, with whatever name a client sends.</summary>
    /// <remarks>
    /// Best find a user whatever the case of the letters: an unknown user's salt does not depend on it, which would tell known ones from unknown ones in a
    /// store that is exact. An exception is answered with 454 4.7.0, so the client tries again later.
    /// </remarks>
    /// <param name="user">The user name as the client gave it, prepared by SASLprep (RFC 4013); not empty, free of control characters.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>The credential, or null for an unknown user, whom the client cannot tell from one with another password.</returns>
    ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken);
}

/// <summary>What is known of a user's password, and what it opens. Its text names the user only, not the secrets.</summary>
/// <param name="User">The user's canonical name.</param>
/// <param name="Verifier">Checks the password without holding it.</param>
public sealed record SmtpCredential(string User, ScramVerifier Verifier)
{
    /// <summary>The mailbox of the credential; becomes <see cref="SmtpConnection.MailboxId"/>.</summary>
    public int? MailboxId { get; init; }

    /// <summary>The password itself, only where the user opted in for CRAM-MD5, which cannot do without; null otherwise.</summary>
    public string? ClearSecret { get; init; }

    internal SmtpIdentity ToIdentity() => new(User) { MailboxId = MailboxId };

    // Records print every member; these would end in a log.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(nameof(User)).Append(" = ").Append(User).Append(", ").Append(nameof(MailboxId)).Append(" = ").Append(MailboxId);
        return true;
    }
}
