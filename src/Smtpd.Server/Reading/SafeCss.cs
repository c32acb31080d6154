using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Smtpd.Server.Reading;

/// <summary>
/// Writes again what it understands of a style sheet or a <c>style</c> attribute: properties and functions of a list, addresses that may be loaded. Escapes (<c>\65xpression</c>),
/// angle brackets and unknown at-rules cost the declaration or rule that they are in. What it has written it writes the same way again.
/// </summary>
internal sealed class SafeCss(RemoteLoads loads)
{
    private const int MaximumDepth = 4; // @media in @supports in @media

    private static readonly FrozenSet<string> s_properties = new[]
    {
        "accent-color", "align-content", "align-items", "align-self", "aspect-ratio", "bottom", "box-shadow", "box-sizing", "caption-side", "clear", "color", "color-scheme", "content", "cursor",
        "direction", "display", "empty-cells", "float", "gap", "height", "hyphens", "inset", "isolation", "justify-content", "justify-items", "justify-self", "left", "letter-spacing", "line-break",
        "line-height", "max-height", "max-width", "min-height", "min-width", "mix-blend-mode", "object-fit", "object-position", "opacity", "order", "orphans", "place-content", "place-items", "position",
        "quotes", "resize", "right", "rotate", "row-gap", "scale", "src", "tab-size", "table-layout", "top", "transform", "transform-origin", "translate", "unicode-bidi", "unicode-range", "vertical-align",
        "visibility", "white-space", "widows", "width", "word-break", "word-spacing", "word-wrap", "writing-mode", "z-index", "zoom",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] s_families =
    [
        "animation", "background", "border", "column", "flex", "font", "grid", "list-style", "margin", "outline", "overflow", "padding", "text-", "transition",
        "-webkit-text-", "-webkit-font-", "-moz-text-", "-ms-text-", "-webkit-border-", "-webkit-box-", "-webkit-animation", "-webkit-transition", "--",
    ];

    private static readonly FrozenSet<string> s_functions = new[]
    {
        "rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "clamp", "var", "linear-gradient", "radial-gradient", "conic-gradient", "repeating-linear-gradient", "repeating-radial-gradient", "format",
        "local", "translate", "translatex", "translatey", "scale", "scalex", "scaley", "rotate", "skew", "skewx", "skewy", "matrix", "cubic-bezier", "steps", "minmax", "repeat", "fit-content", "light-dark",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly SearchValues<char> s_query = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \t\r\n\f():,./%>=-");
    private static readonly SearchValues<char> s_name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> s_nameEnd = SearchValues.Create(" \t\r\n\f(");

    /// <summary>The value of a <c>style</c> attribute; empty when nothing is left.</summary>
    public string Declarations(string css) => Declarations(WithoutComments(css), isFontFace: false);

    /// <summary>The content of a <c>style</c> element. It has no <c>&lt;</c>, so nothing in it can end the element.</summary>
    public string Sheet(string css)
    {
        StringBuilder into = new();
        Rules(WithoutComments(css), into, 0);
        return into.ToString();
    }

    /// <summary>A media query, or null when it is more than that.</summary>
    public static string? Media(string query) =>
        query.Length > 1000 || query.AsSpan().ContainsAnyExcept(s_query) ? null : Collapse(query);

    private void Rules(ReadOnlySpan<char> css, StringBuilder into, int depth)
    {
        while (!(css = css.TrimStart(" \t\r\n\f;}")).IsEmpty)
        {
            var end = Find(css, "{;}", 0);
            var prelude = css[..end].Trim();
            var isBlock = end < css.Length && css[end] == '{';
            if (!isBlock) // @import and the like, or nothing that makes sense
            {
                css = end < css.Length ? css[(end + 1)..] : default;
                continue;
            }

            var close = Find(css, "}", end + 1);
            Rule(prelude, css[(end + 1)..close], into, depth);
            css = close < css.Length ? css[(close + 1)..] : default;
        }
    }

    private void Rule(ReadOnlySpan<char> prelude, ReadOnlySpan<char> block, StringBuilder into, int depth)
    {
        if (!prelude.StartsWith("@", StringComparison.Ordinal))
        {
            if (IsSelector(prelude) && Declarations(block, isFontFace: false) is { Length: > 0 } declarations)
                into.Append(Collapse(prelude)).Append('{').Append(declarations).Append("}\n");
            return;
        }

        var space = prelude.IndexOfAny(s_nameEnd);
        var name = (space < 0 ? prelude : prelude[..space]).ToString().ToLowerInvariant();
        var rest = space < 0 ? "" : prelude[space..].ToString();
        switch (name)
        {
            case "@media" or "@supports" or "@keyframes" or "@-webkit-keyframes" when depth < MaximumDepth && Media(rest) is { Length: > 0 } query && IsBalanced(query):
                StringBuilder inner = new();
                Rules(block, inner, depth + 1);
                if (inner.Length > 0)
                    into.Append(name).Append(' ').Append(query).Append('{').Append('\n').Append(inner).Append("}\n");
                break;
            case "@font-face" when rest.AsSpan().Trim().IsEmpty && Declarations(block, isFontFace: true) is { } font && font.Contains("src:", StringComparison.Ordinal):
                into.Append("@font-face{").Append(font).Append("}\n");
                break;
        }
    }

    private string Declarations(ReadOnlySpan<char> css, bool isFontFace)
    {
        StringBuilder into = new();
        while (!css.IsEmpty)
        {
            var end = Find(css, ";", 0);
            var declaration = css[..end];
            css = end < css.Length ? css[(end + 1)..] : default;
            var colon = declaration.IndexOf(':');
            if (colon < 0)
                continue;
            var name = declaration[..colon].Trim().ToString();
            name = name.StartsWith("--", StringComparison.Ordinal) ? name : name.ToLowerInvariant();
            if (!IsProperty(name) || (string.Equals(name, "src", StringComparison.Ordinal) && !isFontFace))
                continue;
            if (Value(declaration[(colon + 1)..], isFontFace) is not { Length: > 0 } value || (string.Equals(name, "position", StringComparison.Ordinal) && !IsInPlace(value)))
                continue;
            (into.Length > 0 ? into.Append(';') : into).Append(name).Append(':').Append(value);
        }

        return into.ToString();
    }

    // Nothing of a message stays where it is while one scrolls.
    private static bool IsInPlace(string value) => value.ToLowerInvariant() is "static" or "relative" or "absolute" or "inherit" or "initial";

    private static bool IsProperty(string name) => name.Length is > 2 and <= 64 && !name.AsSpan().ContainsAnyExcept(s_name)
        && (s_properties.Contains(name) || Array.Exists(s_families, each => name.StartsWith(each, StringComparison.Ordinal)));

    // Null when there is anything in it that we do not know.
    private string? Value(ReadOnlySpan<char> css, bool isFontFace)
    {
        StringBuilder into = new();
        var depth = 0;
        css = css.Trim(" \t\r\n\f");
        for (var i = 0; i < css.Length;)
        {
            var each = css[i];
            if (each is '"' or '\'')
            {
                var length = StringLength(css[i..]);
                if (length == 0)
                    return null;
                into.Append(css.Slice(i, length));
                i += length;
            }
            else if (each == '(')
            {
                var name = NameBefore(into);
                if (string.Equals(name, "url", StringComparison.Ordinal))
                {
                    var close = css[i..].IndexOf(')');
                    if (close < 0 || !Url(css.Slice(i + 1, close - 1), into, isFontFace))
                        return null;
                    i += close + 1;
                    continue;
                }

                if (name.Length > 0 && !s_functions.Contains(name))
                    return null;
                depth++;
                into.Append(each);
                i++;
            }
            else if ((each == ')' && depth-- == 0) || (each == '*' && into.Length > 0 && into[^1] == '/')) // no comment may begin: what follows it would be read otherwise
                return null;
            else if (each is ' ' or '\t' or '\r' or '\n' or '\f')
            {
                if (into.Length > 0 && into[^1] != ' ')
                    into.Append(' ');
                i++;
            }
            else if (char.IsAsciiLetterOrDigit(each) || "#%.,)+-*/!_?".Contains(each, StringComparison.Ordinal) || (each >= 0xA0 && !char.IsWhiteSpace(each)))
            {
                into.Append(each);
                i++;
            }
            else
                return null;
        }

        return depth == 0 ? into.ToString().TrimEnd() : null;
    }

    // In the place of `url(`, which has been written. What may not be loaded is `none`: `background: #fff url(x) repeat-x` keeps its colour.
    private bool Url(ReadOnlySpan<char> argument, StringBuilder into, bool isFontFace)
    {
        var url = argument.Trim(" \t\r\n\f");
        if (url.Length > 1 && url[0] is '"' or '\'' && url[^1] == url[0])
            url = url[1..^1];
        if (url.ContainsAny("\\<{}"))
            return false;
        into.Length -= 3;
        if (loads.Load(url.ToString(), out _) is string address)
            into.Append("url(\"").Append(address).Append("\")");
        else if (isFontFace)
            return false;
        else
            into.Append("none");
        return true;
    }

    private static string NameBefore(StringBuilder into)
    {
        var start = into.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(into[start - 1]) || into[start - 1] is '-' or '_' || into[start - 1] >= 0xA0))
            start--;
        return into.ToString(start, into.Length - start).ToLowerInvariant();
    }

    // 0 when it does not end, or has an escape or what could end a style element.
    private static int StringLength(ReadOnlySpan<char> css)
    {
        var end = css[1..].IndexOf(css[0]) + 1;
        return end == 0 || css[1..end].ContainsAny("\\<\r\n\f") || css[1..end].Contains('\0') ? 0 : end + 1;
    }

    private static bool IsSelector(ReadOnlySpan<char> selector)
    {
        for (var i = 0; i < selector.Length; i++)
        {
            if (selector[i] is '"' or '\'')
            {
                var length = StringLength(selector[i..]);
                if (length == 0)
                    return false;
                i += length - 1;
            }
            else if (!(char.IsAsciiLetterOrDigit(selector[i]) || " \t\r\n\f-_.#*>+~:,()[]=^$|%".Contains(selector[i], StringComparison.Ordinal) || (selector[i] >= 0xA0 && !char.IsWhiteSpace(selector[i]))))
                return false;
        }

        return selector.Length is > 0 and < 4000 && IsBalanced(selector);
    }

    private static bool IsBalanced(ReadOnlySpan<char> text)
    {
        int round = 0, square = 0;
        foreach (var each in text)
        {
            round += each switch { '(' => 1, ')' => -1, _ => 0 };
            square += each switch { '[' => 1, ']' => -1, _ => 0 };
            if (round < 0 || square < 0)
                return false;
        }

        return round == 0 && square == 0;
    }

    // The first of these that is in no string and no bracket; the end when there is none.
    private static int Find(ReadOnlySpan<char> css, string wanted, int start)
    {
        var depth = 0;
        for (var i = start; i < css.Length; i++)
        {
            if (depth == 0 && wanted.Contains(css[i], StringComparison.Ordinal))
                return i;
            switch (css[i])
            {
                case '\\':
                    i++;
                    break;
                case '"' or '\'':
                    i += StringEnd(css[i..]);
                    break;
                case '(' or '[' or '{':
                    depth++;
                    break;
                case ')' or ']' or '}' when depth > 0:
                    depth--;
                    break;
            }
        }

        return css.Length;
    }

    // Where a string ends: at its mark, or at the end of the line, which ends a bad one.
    private static int StringEnd(ReadOnlySpan<char> css)
    {
        var i = 1;
        while (i < css.Length && css[i] != css[0] && css[i] is not ('\r' or '\n' or '\f'))
            i += css[i] == '\\' ? 2 : 1;
        return Math.Min(i, css.Length);
    }

    private static string WithoutComments(string css)
    {
        if (!css.Contains("/*", StringComparison.Ordinal) && !css.Contains("<!--", StringComparison.Ordinal) && !css.Contains("-->", StringComparison.Ordinal))
            return css;
        StringBuilder into = new(css.Length);
        for (var i = 0; i < css.Length; i++)
        {
            if (css[i] is '"' or '\'')
            {
                var length = Math.Min(StringEnd(css.AsSpan(i)) + 1, css.Length - i);
                into.Append(css, i, length);
                i += length - 1;
            }
            else if (string.CompareOrdinal(css, i, "/*", 0, 2) == 0)
            {
                var end = css.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? css.Length : end + 1;
                into.Append(' ');
            }
            else if (string.CompareOrdinal(css, i, "<!--", 0, 4) == 0 || string.CompareOrdinal(css, i, "-->", 0, 3) == 0)
            {
                i += css[i] == '<' ? 3 : 2;
                into.Append(' ');
            }
            else
                into.Append(css[i]);
        }

        return into.ToString();
    }

    private static string Collapse(ReadOnlySpan<char> text)
    {
        StringBuilder into = new(text.Length);
        foreach (var each in text.Trim(" \t\r\n\f"))
        {
            if (each is not (' ' or '\t' or '\r' or '\n' or '\f'))
                into.Append(each);
            else if (into[^1] != ' ')
                into.Append(' ');
        }

        return into.ToString();
    }
}
