using Smtpd.Text;

namespace Smtpd;

/// <summary>Who a client has proved to be by AUTH (RFC 4954).</summary>
/// <param name="User">The authentication identity: the user whose credentials were checked. Not empty, free of control characters.</param>
/// <exception cref="ArgumentException"><paramref name="User"/> is empty or holds control or format characters, which would reach logs and trace fields.</exception>
public sealed record SmtpIdentity(string User)
{
    /// <summary>The authentication identity: the user whose credentials were checked. Not empty, free of control characters.</summary>
    public string User { get; init; } = Checked(User);

    /// <summary>The user to act as, when the client asked for another than <see cref="User"/> (RFC 4422 §3.4.1); null when it did not.</summary>
    /// <remarks>Nothing is granted by the asking: <see cref="SmtpHandler.OnAuthenticatedAsync"/> refuses it unless it is overridden.</remarks>
    public string? AuthorizationId { get; init; }

    /// <summary>The mailbox of the credentials; becomes <see cref="SmtpConnection.MailboxId"/>.</summary>
    public int? MailboxId { get; init; }

    /// <summary>The SASL mechanism, such as <c>PLAIN</c>; <c>XCLIENT</c> when a trusted proxy vouched for the user.</summary>
    public string Mechanism { get; init; } = string.Empty;

    /// <summary>What a client of ANONYMOUS says of itself, such as an address (RFC 4505 §2); null when it says nothing. Proves nothing.</summary>
    public string? TraceInformation { get; init; }

    private static string Checked(string user) => user is { Length: > 0 } && PrintableText.IsPrintable(user)
        ? user
        : throw new ArgumentException("A user's name must not be empty, nor hold control or format characters.", nameof(user));
}
