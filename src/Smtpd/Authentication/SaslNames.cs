using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>The names in SASL messages: who a client is, and whom it wants to act as.</summary>
internal static class SaslNames
{
    // RFC 4616 §2 wants 255 octets at least; an address has 254. The rest would only fill logs.
    private const int MaxLength = 512;

    /// <summary>Reads a user name: strict UTF-8, prepared by SASLprep, printable, not empty.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out string name)
    {
        name = string.Empty;
        if (octets.Length > MaxLength || !StrictUtf8.TryDecode(octets, out var text) || !SaslPrep.TryPrepare(text, out var prepared) || !PrintableText.IsPrintable(prepared))
            return false;
        name = prepared;
        return true;
    }

    /// <summary>Reads a name that may be left out.</summary>
    public static bool TryReadOptional(ReadOnlySpan<byte> octets, out string? name)
    {
        name = null;
        if (octets.IsEmpty)
            return true;
        var isRead = TryRead(octets, out var text);
        name = text;
        return isRead;
    }

    /// <summary>The identity that a mechanism came to, asked to act as <paramref name="authorizationId"/>.</summary>
    /// <param name="identity">Who the client has proved to be.</param>
    /// <param name="mechanism">The mechanism's name.</param>
    /// <param name="authorizationId">Whom it asks to act as; null when it does not say.</param>
    /// <param name="user">The name that the client itself uses for the identity, when it gave one.</param>
    public static SaslResult Accept(SmtpIdentity identity, string mechanism, string? authorizationId, string? user)
    {
        // Asking for oneself is asking for nothing.
        var acting = authorizationId is null || authorizationId.Equals(user, StringComparison.Ordinal) ? identity.AuthorizationId : authorizationId;
        return SaslResult.Success(identity with { Mechanism = mechanism, AuthorizationId = identity.User.Equals(acting, StringComparison.Ordinal) ? null : acting });
    }
}
