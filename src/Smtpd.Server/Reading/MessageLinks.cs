using System.Text;

namespace Smtpd.Server.Reading;

/// <summary>What a link is for.</summary>
internal enum MessageLinkKind { Link, Image, Unsubscribe, Mailto }

/// <summary>Where a link was found.</summary>
internal enum MessageLinkPlace { Html, Text, Header }

/// <summary>A link of a message. <paramref name="Text"/> is what one clicks on, or the <c>alt</c> of a picture; empty when there is none.</summary>
internal sealed record MessageLink(string Url, string Text, MessageLinkKind Kind, MessageLinkPlace Place);

/// <summary>Every address that a message names, once for each kind, in the order in which they end: html first. Not all of them are safe to open.</summary>
internal static class MessageLinks
{
    public const int MaximumLinks = 1000;

    private const int MaximumUrlLength = 4096;
    private const int MaximumTextLength = 200;
    private const int MaximumLength = 2 << 20; // of html and of text

    private static readonly string[] s_leaving =
    [
        "unsubscribe", "opt-out", "optout", "opt out", "abmelden", "abbestellen", "desabonner", "désabonner", "desinscri", "désinscri", "darse de baja", "cancelar suscripci", "disiscri", "descadastr",
        "cancelar a subscri", "uitschrijven", "afmelden", "wypisz", "отписаться", "відписатися", "配信停止", "退订",
    ];

    /// <param name="html">The html part, as it came.</param>
    /// <param name="text">The text part.</param>
    /// <param name="listUnsubscribe">The header field of that name (RFC 2369), or null.</param>
    public static IReadOnlyList<MessageLink> Of(string? html, string? text, string? listUnsubscribe = null)
    {
        Collection links = new();
        if (html is not null)
            FromHtml(html.Length > MaximumLength ? html[..MaximumLength] : html, links);
        if (text is not null)
            FromText(text.AsSpan(0, Math.Min(text.Length, MaximumLength)), MessageLinkPlace.Text, links);
        foreach (var part in (listUnsubscribe ?? "").Split(',', 20))
        {
            if (part.Trim() is ['<', .. var url, '>'])
                links.Add(url, "", MessageLinkKind.Unsubscribe, MessageLinkPlace.Header);
        }

        return links.Links;
    }

    private static void FromHtml(string html, Collection links)
    {
        HtmlTokenizer tokens = new(html);
        string? url = null;
        StringBuilder text = new();
        for (var kind = tokens.Next(); kind != HtmlTokenKind.End && !links.IsFull; kind = tokens.Next())
        {
            if (kind == HtmlTokenKind.Text)
            {
                if (url is null)
                    FromText(HtmlCharacters.Decode(tokens.Text, isAttribute: false), MessageLinkPlace.Html, links);
                else if (text.Length < MaximumTextLength)
                    text.Append(HtmlCharacters.Decode(tokens.Text[..Math.Min(tokens.Text.Length, 4 * MaximumTextLength)], isAttribute: false));
            }
            else if (kind is HtmlTokenKind.StartTag or HtmlTokenKind.EndTag && tokens.Name is "a")
            {
                Close();
                url = kind == HtmlTokenKind.StartTag ? tokens["href"] : null;
            }
            else if (kind == HtmlTokenKind.StartTag && tokens.Name is "area" && tokens["href"] is string area)
                links.Add(area, tokens["alt"] ?? "", MessageLinkKind.Link, MessageLinkPlace.Html);
            else if (kind == HtmlTokenKind.StartTag && tokens.Name is "img")
            {
                text.Append(url is null ? "" : tokens["alt"]);
                links.Add(tokens["src"], tokens["alt"] ?? "", MessageLinkKind.Image, MessageLinkPlace.Html);
            }
        }

        Close();

        void Close()
        {
            links.Add(url, text.ToString(), MessageLinkKind.Link, MessageLinkPlace.Html);
            text.Clear();
        }
    }

    private static void FromText(ReadOnlySpan<char> text, MessageLinkPlace place, Collection links)
    {
        for (var rest = text; !links.IsFull && NextUrl(rest, out var start, out var length); rest = rest[(start + length)..])
            links.Add(rest.Slice(start, length).ToString(), "", MessageLinkKind.Link, place);
    }

    /// <summary>The next http, https or mailto address in plain text, without the full stop or bracket behind it.</summary>
    public static bool NextUrl(ReadOnlySpan<char> text, out int start, out int length)
    {
        for (var from = 0; from < text.Length;)
        {
            (start, length) = (from, 0);
            var colon = text[from..].IndexOf(':');
            if (colon < 0)
                break;
            colon += from;
            start = colon;
            while (start > from && colon - start < 6 && char.IsAsciiLetter(text[start - 1]))
                start--;
            var scheme = text[start..colon];
            from = colon + 1;
            var isWeb = scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
            if (isWeb ? !text[from..].StartsWith("//", StringComparison.Ordinal) : !scheme.Equals("mailto", StringComparison.OrdinalIgnoreCase))
                continue;
            length = Length(text[start..]);
            if (start + length > (isWeb ? colon + 3 : colon + 1))
                return true;
        }

        (start, length) = (0, 0);
        return false;
    }

    private static int Length(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && length < MaximumUrlLength && !char.IsWhiteSpace(text[length]) && !char.IsControl(text[length]) && text[length] is not ('<' or '>' or '"' or '\u00ab' or '\u00bb' or '\u3002' or '\uff0c'))
            length++;
        var closing = text[..length].Count(')') - text[..length].Count('('); // a closing bracket whose opening one is outside
        while (length > 0 && (text[length - 1] is '.' or ',' or ';' or ':' or '!' or '?' or '\'' or '*' or '_' or ']' or '}'
                || (text[length - 1] == ')' && closing-- > 0)))
            length--;
        return length;
    }

    private sealed class Collection
    {
        private readonly HashSet<(string, MessageLinkKind)> _seen = [];

        public List<MessageLink> Links { get; } = [];

        public bool IsFull => Links.Count >= MaximumLinks;

        public void Add(string? url, string text, MessageLinkKind kind, MessageLinkPlace place)
        {
            url = url?.Trim();
            if (IsFull || url is null or "" or ['#', ..] || url.Length > MaximumUrlLength || url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                return;
            var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            words = words.Length > MaximumTextLength ? words[..MaximumTextLength] : words;
            if (kind == MessageLinkKind.Link && Array.Exists(s_leaving, each => words.Contains(each, StringComparison.OrdinalIgnoreCase) || url.Contains(each, StringComparison.OrdinalIgnoreCase)))
                kind = MessageLinkKind.Unsubscribe;
            else if (kind == MessageLinkKind.Link && url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
                kind = MessageLinkKind.Mailto;
            if (_seen.Add((url, kind)))
                Links.Add(new(url, words, kind, place));
        }
    }
}
