using System.Security.Cryptography.X509Certificates;

namespace Smtpd.Server.Mailboxes;

/// <summary>Shows the users of mailboxes to the library's AUTH.</summary>
internal sealed class StoredCredentials(IMailboxAccess access) : ICredentialStore
{
    public async ValueTask<SmtpCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken)
    {
        // Whoever is asked for by a longer name is nobody.
        if (!MailboxCredential.IsUser(user) || await access.FindCredentialAsync(user, cancellationToken) is not MailboxCredential found)
            return null;
        return new(found.User, ScramVerifier.Parse(found.Verifier)) { MailboxId = found.MailboxId, ClearSecret = found.ClearSecret };
    }

    /// <summary>EXTERNAL: the user that a client certificate, already verified, names by its e-mail address or its common name.</summary>
    /// <param name="requested">Who the client wants to be; empty or <c>null</c> for whomever the certificate names.</param>
    public async ValueTask<SmtpIdentity?> FindByCertificateAsync(X509Certificate2 certificate, string? requested, CancellationToken cancellationToken)
    {
        foreach (var name in new[] { certificate.GetNameInfo(X509NameType.EmailName, forIssuer: false), CommonName(certificate) })
        {
            if (name is null || await FindCredentialAsync(name, cancellationToken) is not SmtpCredential found)
                continue;
            if (!string.IsNullOrEmpty(requested) && !MailboxCredential.KeyOf(requested).Equals(MailboxCredential.KeyOf(found.User), StringComparison.Ordinal))
                return null;
            return new SmtpIdentity(found.User) { MailboxId = found.MailboxId, Mechanism = "EXTERNAL" };
        }

        return null;
    }

    // Not X509NameType.SimpleName, which takes the organization when there is no common name.
    private static string? CommonName(X509Certificate2 certificate) =>
        certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .FirstOrDefault(each => !each.HasMultipleElements && string.Equals(each.GetSingleElementType().Value, "2.5.4.3", StringComparison.Ordinal))?.GetSingleElementValue();
}
