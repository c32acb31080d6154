using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>Which message somebody waits for. Each part is a piece of text in any case of letters; a missing one fits all.</summary>
/// <param name="To">Part of an address that the message was sent to, in the envelope or in To and Cc.</param>
/// <param name="From">Part of the sender's address in the envelope, or of name or address in From.</param>
/// <param name="Subject">Part of the subject.</param>
internal sealed record MessageFilter(string? To, string? From, string? Subject)
{
    public bool Fits(Message message) =>
        (To is null || message.Recipients.Any(each => Has(each, To)) || message.Summary.To.Concat(message.Summary.Cc).Any(each => Has(each.Address, To)))
        && (From is null || Has(message.Envelope.Sender, From) || Has(message.Summary.From, From))
        && (Subject is null || (message.Summary.Subject is string subject && Has(subject, Subject)));

    private static bool Has(HeaderAddress? address, string part) => address is not null && (Has(address.Address, part) || Has(address.Name, part));

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
