using Smtpd.Commands;
using Smtpd.Replies;

namespace Smtpd.Protocol;

/// <summary>What a session offers and asks for at the moment: it depends on the endpoint, on TLS, on the peer and on the handler.</summary>
/// <param name="Extensions">The extensions that work now.</param>
/// <param name="Mechanisms">The SASL mechanisms to name; none without AUTH.</param>
internal sealed record ServiceOffer(SmtpExtensions Extensions, IReadOnlyList<string> Mechanisms)
{
    private SmtpReply hello;

    /// <summary>Whether LMTP is spoken (RFC 2033).</summary>
    public bool IsLmtp { get; init; }

    /// <summary>Whether nothing may come before STARTTLS (RFC 3207 §4).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>Whether MAIL needs AUTH first.</summary>
    public bool RequiresAuthentication { get; init; }

    /// <summary>Whether AUTH would be offered if the connection were under TLS.</summary>
    public bool OffersAuthenticationUnderTls { get; init; }

    /// <summary>The latest time until which a message may ask to be held; null when FUTURERELEASE is not offered.</summary>
    public DateTimeOffset? LongestHold { get; init; }

    public bool Includes(SmtpExtensions extension) => (Extensions & extension) == extension;

    /// <summary>The reply to EHLO or LHLO. Made once for each offer, and offers are shared by connections.</summary>
    public SmtpReply Hello(SessionSettings settings)
    {
        // Two threads may both make it: the replies are the same.
        if (hello.IsContinue)
            hello = new SmtpReply(250, EnhancedStatus.None, Capabilities.For(settings, this));
        return hello;
    }

    public bool Equals(ServiceOffer? other) =>
        other is not null && Extensions == other.Extensions && IsLmtp == other.IsLmtp && RequiresTls == other.RequiresTls
        && RequiresAuthentication == other.RequiresAuthentication && OffersAuthenticationUnderTls == other.OffersAuthenticationUnderTls
        && LongestHold == other.LongestHold && Mechanisms.SequenceEqual(other.Mechanisms, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Extensions, Mechanisms.Count, IsLmtp);
}
