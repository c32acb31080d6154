using System.Collections.Frozen;

namespace Smtpd.Server.Reading;

/// <summary>What <see cref="HtmlTokenizer"/> is at.</summary>
internal enum HtmlTokenKind { End, Text, RawText, StartTag, EndTag, Doctype }

/// <summary>An attribute: name in lower case, value with its character references resolved.</summary>
internal readonly record struct HtmlAttribute(string Name, string Value);

/// <summary>
/// Cuts html into tags and text as browsers do (HTML, 13.2.5), in one pass and without a tree: nothing nests here, so nothing is too deep. Comments of all kinds, processing
/// instructions and tags that the text ends in are not there. What is in an element like <c>script</c> comes as one <see cref="HtmlTokenKind.RawText"/>.
/// </summary>
internal sealed class HtmlTokenizer(string html)
{
    private const int MaximumNameLength = 64; // a longer one names nothing that we know
    private const int MaximumAttributes = 64; // of one tag; the rest is not there

    private static readonly FrozenSet<string> s_rawText =
        new[] { "script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title", "plaintext" }.ToFrozenSet(StringComparer.Ordinal);

    private readonly List<HtmlAttribute> _attributes = [];
    private int _position;
    private int _textStart;
    private int _textEnd;
    private bool _isRaw;

    /// <summary>Of the tag in lower case, or of the element whose raw text this is.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Of the start tag; the first of two with one name. Valid until the next token.</summary>
    public IReadOnlyList<HtmlAttribute> Attributes => _attributes;

    /// <summary>As it is written, character references and all; of a doctype, what is between its brackets.</summary>
    public ReadOnlySpan<char> Text => html.AsSpan(_textStart, _textEnd - _textStart);

    /// <summary>The value of an attribute, or null.</summary>
    public string? this[string attribute]
    {
        get
        {
            foreach (var each in _attributes)
            {
                if (string.Equals(each.Name, attribute, StringComparison.Ordinal))
                    return each.Value;
            }

            return null;
        }
    }

    public HtmlTokenKind Next()
    {
        if (_isRaw)
        {
            _isRaw = false;
            ReadRawText();
            if (_textEnd > _textStart)
                return HtmlTokenKind.RawText;
        }

        while (_position < html.Length)
        {
            if (html[_position] != '<' || !StartsMarkup(_position))
                return ReadText();
            var next = html[_position + 1];
            if (char.IsAsciiLetter(next))
            {
                if (ReadTag(_position + 1))
                {
                    _isRaw = s_rawText.Contains(Name);
                    return HtmlTokenKind.StartTag;
                }
            }
            else if (next == '/' && char.IsAsciiLetter(At(_position + 2)))
            {
                if (ReadTag(_position + 2))
                    return HtmlTokenKind.EndTag;
            }
            else if (SkipDeclaration())
                return HtmlTokenKind.Doctype;
        }

        return HtmlTokenKind.End;
    }

    private char At(int position) => position < html.Length ? html[position] : '\0';

    private bool StartsMarkup(int position) => char.IsAsciiLetter(At(position + 1)) || At(position + 1) is '!' or '?' || (At(position + 1) == '/' && position + 2 < html.Length);

    private HtmlTokenKind ReadText()
    {
        _textStart = _position++;
        while (_position < html.Length && !(html[_position] == '<' && StartsMarkup(_position)))
            _position++;
        _textEnd = _position;
        return HtmlTokenKind.Text;
    }

    // True for a doctype.
    private bool SkipDeclaration()
    {
        var start = _position + 2;
        if (string.CompareOrdinal(html, _position, "<!--", 0, 4) == 0)
        {
            SkipComment(start + 2);
            return false;
        }

        var end = html.IndexOf('>', start);
        end = end < 0 ? html.Length : end;
        var isDoctype = At(_position + 1) == '!' && string.Compare(html, start, "doctype", 0, 7, StringComparison.OrdinalIgnoreCase) == 0;
        (_textStart, _textEnd) = (Math.Min(start, end), end);
        _position = Math.Min(end + 1, html.Length);
        return isDoctype;
    }

    // "-->", "--!>", and at once ">" or "->".
    private void SkipComment(int start)
    {
        if (At(start) == '>' || (At(start) == '-' && At(start + 1) == '>'))
        {
            _position = html.IndexOf('>', start) + 1;
            return;
        }

        for (var at = html.IndexOf("--", start, StringComparison.Ordinal); at >= 0; at = html.IndexOf("--", at + 1, StringComparison.Ordinal))
        {
            if (At(at + 2) == '>' || (At(at + 2) == '!' && At(at + 3) == '>'))
            {
                _position = html.IndexOf('>', at) + 1;
                return;
            }
        }

        _position = html.Length;
    }

    // False when the text ends first: there is no such tag then.
    private bool ReadTag(int start)
    {
        _attributes.Clear();
        var at = start;
        while (at < html.Length && !IsSpace(html[at]) && html[at] is not ('/' or '>'))
            at++;
        Name = at - start <= MaximumNameLength ? html[start..at].ToLowerInvariant() : "";
        while (true)
        {
            while (at < html.Length && (IsSpace(html[at]) || html[at] == '/'))
                at++;
            if (at >= html.Length)
            {
                _position = html.Length;
                return false;
            }

            if (html[at] == '>')
            {
                _position = at + 1;
                return true;
            }

            at = ReadAttribute(at);
        }
    }

    private int ReadAttribute(int start)
    {
        var at = start + 1; // even "=": it is part of the name then
        while (at < html.Length && !IsSpace(html[at]) && html[at] is not ('/' or '>' or '='))
            at++;
        var name = at - start <= MaximumNameLength ? html[start..at].ToLowerInvariant() : "";
        while (at < html.Length && IsSpace(html[at]))
            at++;
        var value = ReadOnlySpan<char>.Empty;
        if (At(at) == '=')
            at = ReadValue(at + 1, out value);
        if (name.Length > 0 && _attributes.Count < MaximumAttributes && this[name] is null)
            _attributes.Add(new(name, HtmlCharacters.Decode(value, isAttribute: true)));
        return at;
    }

    private int ReadValue(int at, out ReadOnlySpan<char> value)
    {
        while (at < html.Length && IsSpace(html[at]))
            at++;
        int start = at, end;
        if (At(at) is '"' or '\'')
        {
            end = html.IndexOf(html[at], ++start);
            end = end < 0 ? html.Length : end;
            value = html.AsSpan(start, end - start);
            return Math.Min(end + 1, html.Length);
        }

        while (at < html.Length && !IsSpace(html[at]) && html[at] != '>')
            at++;
        value = html.AsSpan(start, at - start);
        return at;
    }

    private void ReadRawText()
    {
        _textStart = _position;
        for (var at = _position; string.Equals(Name, "plaintext", StringComparison.Ordinal) is false && (at = html.IndexOf("</", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            var after = at + 2 + Name.Length;
            if (string.Compare(html, at + 2, Name, 0, Name.Length, StringComparison.OrdinalIgnoreCase) != 0 || !(after < html.Length && (IsSpace(html[after]) || html[after] is '/' or '>')))
                continue;
            _textEnd = _position = at;
            return;
        }

        _textEnd = _position = html.Length;
    }

    private static bool IsSpace(char each) => each is ' ' or '\t' or '\n' or '\r' or '\f';
}
