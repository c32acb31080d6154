namespace Smtpd;

/// <summary>Who a client has proved to be by AUTH (RFC 4954).</summary>
/// <param name="User">The authentication identity: the user whose credentials were checked. Free of control characters.</param>
public sealed record SmtpIdentity(string User)
{
    /// <summary>The user to act as, when the client asked for another than <see cref="User"/> (RFC 4422 §3.4.1); null when it did not.</summary>
    /// <remarks>Nothing is granted by the asking: <see cref="SmtpHandler.OnAuthenticatedAsync"/> refuses it unless it is overridden.</remarks>
    public string? AuthorizationId { get; init; }

    /// <summary>The mailbox of the credentials; becomes <see cref="SmtpConnection.MailboxId"/>.</summary>
    public int? MailboxId { get; init; }

    /// <summary>The SASL mechanism, such as <c>PLAIN</c>; <c>XCLIENT</c> when a trusted proxy vouched for the user.</summary>
    public string Mechanism { get; init; } = string.Empty;
}
