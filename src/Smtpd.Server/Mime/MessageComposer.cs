using System.Net;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Puts together what a message says from its parts.</summary>
internal static class MessageComposer
{
    private const int SnippetLength = 200;

    public static MimeMessage Compose(MimePart root, PartFields fields, MimeLimits limits, MimeWarnings warnings)
    {
        var choice = BodyChoice.Of(root);
        fields.ReadAgain(root, choice.Text.Concat(choice.Html).FirstOrDefault(each => each.Charset is not null)?.Charset);
        var plain = choice.Text.FindAll(each => each.ContentType is not "text/html");
        var text = plain.Count > 0 ? Join(plain, AsText, limits, warnings, "text-cut") : null;
        var html = choice.Html.Exists(each => each.ContentType is "text/html") ? Join(choice.Html, AsHtml, limits, warnings, "html-cut") : null;
        var attachments = Attachments(root, [.. choice.Text, .. choice.Html]);
        return new()
        {
            Summary = fields.Summary,
            Text = text,
            Html = html,
            Snippet = Snippet(text, html),
            Root = root,
            Attachments = attachments,
            Warnings = warnings.All,
        };
    }

    private static string Join(List<MimePart> parts, Func<MimePart, string> words, MimeLimits limits, MimeWarnings warnings, string code)
    {
        if (parts is [var only])
            return HeaderText.Cut(words(only), limits.TextCharacters);
        StringBuilder all = new();
        foreach (var each in parts)
        {
            if (all.Length > 0 && all[^1] != '\n')
                all.Append('\n');
            all.Append(words(each));
            if (all.Length <= limits.TextCharacters)
                continue;
            warnings.Add(code, $"Only the first {limits.TextCharacters} characters are shown.");
            break;
        }

        return HeaderText.Cut(all.ToString(), limits.TextCharacters);
    }

    private static string AsText(MimePart part)
    {
        var text = part.DecodedText ?? "";
        if (text.Contains('\r', StringComparison.Ordinal))
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return part.IsFlowed ? FlowedText.Unfold(text, part.DelSp) : text;
    }

    // Between html parts plain ones keep their place.
    private static string AsHtml(MimePart part)
    {
        if (part.ContentType is "text/html")
            return part.DecodedText ?? "";
        var text = AsText(part);
        return string.IsNullOrWhiteSpace(text) ? "" : $"<div style=\"white-space: pre-wrap\">{WebUtility.HtmlEncode(text)}</div>";
    }

    private static string Snippet(string? text, string? html)
    {
        StringBuilder snippet = new(SnippetLength + 1);
        var isBlank = false;
        foreach (var each in !string.IsNullOrWhiteSpace(text) ? text : html is not null ? HtmlText.Of(html, SnippetLength * 3) : "")
        {
            if (snippet.Length > SnippetLength)
                break;
            if (each is '\u00ad' or '\u034f' or (>= '\u200b' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff')
                continue; // newsletters fill their first line with these; some turn the direction of the words around
            if (char.IsWhiteSpace(each) || char.IsControl(each))
            {
                isBlank = snippet.Length > 0;
                continue;
            }

            if (isBlank)
                snippet.Append(' ');
            isBlank = false;
            snippet.Append(each);
        }

        return HeaderText.Cut(snippet.ToString(), SnippetLength).TrimEnd();
    }

    private static List<MimeAttachment> Attachments(MimePart root, HashSet<MimePart> shown)
    {
        List<MimeAttachment> found = [];
        Stack<MimePart> left = new([root]);
        while (left.TryPop(out var part))
        {
            part.IsInline = part.Disposition is "inline" || (part.Disposition is null && part.ContentId is not null && part.Parent?.ContentType is "multipart/related");
            part.DecodedText = null;
            if (part is { IsMultipart: true, IsOpaque: false })
            {
                for (var i = part.Children.Count - 1; i >= 0; i--)
                    left.Push(part.Children[i]);
                continue;
            }

            if (shown.Contains(part))
                continue;
            part.IsAttachment = true;
            found.Add(new(
                found.Count + 1, part.Path, part.FileName, part.ContentType, part.Size, Convert.ToHexStringLower(part.Sha256.Span), part.ContentId, part.IsInline, part.Body));
        }

        return found;
    }
}
