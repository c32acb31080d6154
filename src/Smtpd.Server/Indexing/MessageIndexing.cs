using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Indexing;

/// <summary>Makes of a message that was read what the store keeps of it.</summary>
internal static class MessageIndexing
{
    private const int MaximumRecipientTokens = 10_000;

    /// <param name="size">Octets of the message.</param>
    public static IndexedMessage Of(MessageToIndex message, MimeMessage content, long size)
    {
        var summary = content.Summary;
        var body = BodyOf(content);
        var document = SearchDocument.Of(new()
        {
            Subject = summary.Subject,
            From = Texts(summary.From is null ? [] : [summary.From]),
            To = Texts(summary.To),
            Cc = Texts(summary.Cc),
            FileNames = [.. content.Attachments.Select(each => each.FileName).OfType<string>()],
            Headers = [.. content.Headers.Select(each => KeyValuePair.Create(each.Name, each.Value))],
            Body = body,
        });
        MessageReading reading = new(content.Snippet, [.. content.Attachments.Select(Attachment)], [.. content.Warnings.Select(each => each.Words)]);
        return new(message.Id, reading, document, size < IndexedMessage.SmallestWithExcerpt ? "" : Beginning(body), [.. message.Deliveries.Select(each => Delivery(each, summary))]);
    }

    /// <summary>The text that is searched.</summary>
    public static string BodyOf(MimeMessage content) => content.Text ?? (content.Html is string html ? HtmlText.Of(html, SearchDocument.MaximumBodyLength) : "");

    /// <summary>For a message that could not be read: it is listed all the same, and found by what the envelope says.</summary>
    public static IndexedMessage Unreadable(MessageToIndex message)
    {
        var summary = message.Summary;
        var document = SearchDocument.Of(new() { Subject = summary.Subject, From = Texts(summary.From is null ? [] : [summary.From]), To = Texts(summary.To), Cc = Texts(summary.Cc) });
        MessageReading reading = new("", [], ["The content could not be read; the log of the server says why."]);
        return new(message.Id, reading, document, "", [.. message.Deliveries.Select(each => Delivery(each, summary))]);
    }

    // A blind copy is who got the message and is not named in it.
    private static IndexedDelivery Delivery(Delivery delivery, HeaderSummary summary)
    {
        HashSet<string> named = new([.. summary.To.Select(each => each.Address), .. summary.Cc.Select(each => each.Address)], StringComparer.OrdinalIgnoreCase);
        return new(delivery.MailboxId, Tokens(delivery.Recipients), Tokens(delivery.Recipients.Where(each => !named.Contains(each))));
    }

    private static string Tokens(IEnumerable<string> recipients) => SearchTokens.Normalise(string.Join(" , ", recipients), MaximumRecipientTokens);

    private static MessageAttachment Attachment(MimeAttachment attachment) =>
        new(attachment.Index, attachment.FileName, attachment.ContentType, attachment.Size, attachment.Sha256, attachment.ContentId, attachment.Inline);

    private static string[] Texts(IReadOnlyList<HeaderAddress> addresses) => [.. addresses.Select(each => $"{each.Name} <{each.Address}>")];

    private static string Beginning(string text)
    {
        if (text.Length <= IndexedMessage.MaximumExcerptLength)
            return text;
        var end = IndexedMessage.MaximumExcerptLength;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)];
    }
}
