using Smtpd.Commands;
using Smtpd.Replies;

namespace Smtpd.Protocol;

/// <summary>What a session offers and asks for at the moment: it depends on the endpoint, on TLS, on the peer and on the handler.</summary>
/// <param name="extensions">The extensions that work now.</param>
/// <param name="mechanisms">The SASL mechanisms to name; none without AUTH.</param>
internal sealed class ServiceOffer(SmtpExtensions extensions, IReadOnlyList<string> mechanisms)
{
    private SmtpReply hello;

    public SmtpExtensions Extensions => extensions;

    public IReadOnlyList<string> Mechanisms => mechanisms;

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

    /// <summary>Whether this is the offer of its endpoint with these particulars.</summary>
    public bool Offers(SmtpExtensions extensions, IReadOnlyList<string> mechanisms, bool authenticationUnderTls, DateTimeOffset? longestHold) =>
        Extensions == extensions && OffersAuthenticationUnderTls == authenticationUnderTls && LongestHold == longestHold
        && Mechanisms.SequenceEqual(mechanisms, StringComparer.Ordinal);
}
