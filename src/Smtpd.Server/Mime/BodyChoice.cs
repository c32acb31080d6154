namespace Smtpd.Server.Mime;

/// <summary>
/// Which parts a reader is shown as the message's text, and which as its html: the algorithm of RFC 8621 4.1.4. Two differences: the root of a multipart/related
/// is the part its <c>start</c> names (RFC 2387 3.2), and reports (RFC 3464, RFC 8098) count as plain text.
/// </summary>
internal sealed class BodyChoice
{
    public List<MimePart> Text { get; } = [];

    public List<MimePart> Html { get; } = [];

    public static BodyChoice Of(MimePart root)
    {
        BodyChoice choice = new();
        Walk([root], "multipart/mixed", false, choice.Html, choice.Text);
        return choice;
    }

    /// <summary>What can be said of a part when its header has been read: it may be text of the message, so its words are kept.</summary>
    public static bool MayBeBody(MimePart part)
    {
        if (!part.IsText || part.Disposition is "attachment")
            return false;
        if (part.Parent is not MimePart parent || part.IsReport)
            return true;
        if (parent.ContentType is "multipart/related")
            return IsRoot(part, parent);
        return part.FileName is null || ReferenceEquals(parent.Children[0], part);
    }

    private static bool IsRoot(MimePart part, MimePart related)
    {
        foreach (var each in related.Parameters)
        {
            if (each.Key is "start" && SummaryFields.Identifier(each.Value) is string start)
                return start.Equals(part.ContentId, StringComparison.Ordinal);
        }

        return ReferenceEquals(related.Children[0], part);
    }

    // As deep as the tree, which is bounded.
    private static void Walk(IReadOnlyList<MimePart> parts, string multipart, bool inAlternative, List<MimePart>? html, List<MimePart>? text)
    {
        int textBefore = text?.Count ?? -1, htmlBefore = html?.Count ?? -1;
        foreach (var part in parts)
        {
            if (part is { IsMultipart: true, IsOpaque: false })
            {
                Walk(part.Children, part.ContentType, inAlternative || part.ContentType is "multipart/alternative", html, text);
                continue;
            }

            if (!part.IsReadable)
                continue;
            var isHtml = part.ContentType is "text/html";
            if (multipart is "multipart/alternative")
            {
                (isHtml ? html : text)?.Add(part);
                continue;
            }

            if (inAlternative && isHtml)
                text = null;
            else if (inAlternative)
                html = null;
            text?.Add(part);
            html?.Add(part);
        }

        if (multipart is not "multipart/alternative" || text is null || html is null)
            return;
        // One of the two only: it stands for both.
        if (text.Count == textBefore && html.Count != htmlBefore)
            text.AddRange(html[htmlBefore..]);
        else if (html.Count == htmlBefore && text.Count != textBefore)
            html.AddRange(text[textBefore..]);
    }
}
