using System.Buffers;
using System.Collections.Frozen;
using System.Net;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>The words of an html text, for snippets and for search: tags go, blocks become lines, entities become characters. Linear, and no judge of what is safe.</summary>
internal static class HtmlText
{
    private const int MaximumEntity = 40;
    private const int MaximumDeclaration = 1024; // where HTML 5 looks for the charset

    private static readonly SearchValues<char> CharsetEnds = SearchValues.Create(" \"'>;/");

    private static readonly FrozenSet<string> Hidden = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "script", "style", "title", "template", "noframes", "xml");

    private static readonly FrozenSet<string> Blocks = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "p", "div", "br", "hr", "tr", "table", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "article",
        "header", "footer", "center", "address", "form", "body", "head", "html");

    /// <summary>What a <c>meta</c> element at the beginning says, for html whose part names no charset.</summary>
    public static string? CharsetOf(ReadOnlySpan<byte> html)
    {
        var head = Encoding.ASCII.GetString(html[..Math.Min(html.Length, MaximumDeclaration)]);
        var start = head.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        var name = head.AsSpan(start + 8).TrimStart(" \"'");
        var end = name.IndexOfAny(CharsetEnds);
        return end < 0 ? null : name[..end].ToString();
    }

    /// <param name="maximumLength">Reading stops when so many characters were found.</param>
    public static string Of(string html, int maximumLength)
    {
        Writer writer = new(maximumLength);
        var position = 0;
        while (position < html.Length && !writer.IsFull)
        {
            var open = html.IndexOf('<', position);
            writer.Text(html.AsSpan(position, (open < 0 ? html.Length : open) - position));
            if (open < 0)
                break;
            position = Markup(html, open, writer);
        }

        return writer.ToString();
    }

    // Returns where the text goes on.
    private static int Markup(string html, int open, Writer writer)
    {
        if (html.AsSpan(open).StartsWith("<!--", StringComparison.Ordinal))
            return After(html, "-->", open + 4);
        var nameStart = open + 1 < html.Length && html[open + 1] == '/' ? open + 2 : open + 1;
        if (nameStart >= html.Length || !(char.IsAsciiLetter(html[nameStart]) || html[nameStart] is '!' or '?'))
        {
            writer.Text("<");
            return open + 1;
        }

        var end = TagEnd(html, nameStart);
        var nameEnd = nameStart;
        while (nameEnd < end && char.IsAsciiLetterOrDigit(html[nameEnd]))
            nameEnd++;
        if (nameEnd - nameStart > 20)
            return end;
        var name = html[nameStart..nameEnd];
        if (Blocks.Contains(name))
            writer.Break();
        else if (name.Equals("td", StringComparison.OrdinalIgnoreCase) || name.Equals("th", StringComparison.OrdinalIgnoreCase))
            writer.Text(" ");
        if (nameStart != open + 1 || !Hidden.Contains(name))
            return end;
        // Without an end tag the rest is hidden: that is what browsers do.
        var close = html.IndexOf("</" + name, end, StringComparison.OrdinalIgnoreCase);
        return close < 0 ? html.Length : TagEnd(html, close);
    }

    // Behind the ">" that is not inside of a quoted attribute.
    private static int TagEnd(string html, int start)
    {
        var quote = '\0';
        for (var i = start; i < html.Length; i++)
        {
            var each = html[i];
            if (quote != '\0')
                quote = each == quote ? '\0' : quote;
            else if (each is '"' or '\'' && i > start && html[i - 1] is '=' or ' ')
                quote = each;
            else if (each == '>')
                return i + 1;
        }

        return html.Length;
    }

    private static int After(string html, string mark, int start)
    {
        var found = html.IndexOf(mark, Math.Min(start, html.Length), StringComparison.Ordinal);
        return found < 0 ? html.Length : found + mark.Length;
    }

    private sealed class Writer(int maximumLength)
    {
        private readonly StringBuilder _text = new();
        private bool _isBlank;
        private bool _isBreak;

        public bool IsFull => _text.Length >= maximumLength;

        public void Break() => _isBreak = _text.Length > 0;

        public void Text(ReadOnlySpan<char> text)
        {
            while (!text.IsEmpty && !IsFull)
            {
                var entity = text.IndexOf('&');
                foreach (var each in entity < 0 ? text : text[..entity])
                    Add(each);
                if (entity < 0)
                    return;
                text = text[entity..];
                var end = text[..Math.Min(text.Length, MaximumEntity)].IndexOf(';');
                var decoded = end < 0 ? "&" : WebUtility.HtmlDecode(text[..(end + 1)].ToString());
                foreach (var each in decoded)
                    Add(each);
                text = text[(end < 0 ? 1 : end + 1)..];
            }
        }

        public override string ToString() => HeaderText.Cut(_text.ToString(), maximumLength);

        private void Add(char each)
        {
            if (char.IsWhiteSpace(each) || char.IsControl(each))
            {
                _isBlank = true;
                return;
            }

            if (IsFull)
                return;
            if (_isBreak)
                _text.Append('\n');
            else if (_isBlank && _text.Length > 0)
                _text.Append(' ');
            _isBlank = _isBreak = false;
            _text.Append(each);
        }
    }
}
