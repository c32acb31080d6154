namespace Smtpd;

/// <summary>Checks passwords elsewhere, such as by LDAP, when there are no verifiers to keep. Serves PLAIN and LOGIN only.</summary>
public interface IPasswordValidator
{
    /// <summary>Checks a user name and a password.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="user">The user name, free of control characters.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>Who that is, or null when the password is not the user's or there is no such user.</returns>
    ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string user, string password, CancellationToken cancellationToken);
}
