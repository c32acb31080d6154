using System.Net;
using System.Text;

namespace Smtpd.Server.Reading;

/// <summary>Characters in html and out of it: references and escapes.</summary>
internal static class HtmlCharacters
{
    private const int MaximumReferenceLength = 32;
    private const string Windows1252 = "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    /// <summary>Old names that count without their semicolon too.</summary>
    private static readonly string[] s_bareNames = ["amp", "lt", "gt", "quot", "nbsp", "copy", "reg"];

    /// <summary>Character references resolved; what is none stays as it is.</summary>
    public static string Decode(ReadOnlySpan<char> text, bool isAttribute)
    {
        if (!text.ContainsAny('&', '\0'))
            return text.ToString();
        StringBuilder decoded = new(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '&' && ReadReference(text[i..], isAttribute, out var characters) is > 0 and var length)
            {
                decoded.Append(characters);
                i += length;
            }
            else
            {
                if (text[i] != '\0')
                    decoded.Append(text[i]);
                i++;
            }
        }

        return decoded.ToString();
    }

    /// <summary>
    /// Text as it is written, safe to write again: references that we know become their characters, names that only a browser knows stay, everything else is escaped.
    /// </summary>
    public static StringBuilder AppendText(this StringBuilder into, ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '&')
            {
                AppendEscaped(into, text[i]);
                continue;
            }

            var length = ReadReference(text[i..], false, out var characters);
            if (length > 0)
            {
                foreach (var each in characters)
                    AppendEscaped(into, each);
            }
            else if ((length = NamedLength(text[i..])) > 0)
                into.Append(text.Slice(i, length));
            else
                into.Append("&amp;");
            i += Math.Max(length, 1) - 1;
        }

        return into;
    }

    /// <summary>A value between double quotes.</summary>
    public static StringBuilder AppendValue(this StringBuilder into, string value)
    {
        foreach (var each in value)
            AppendEscaped(into, each);
        return into;
    }

    private static void AppendEscaped(StringBuilder into, char each) => _ = each switch
    {
        '&' => into.Append("&amp;"),
        '<' => into.Append("&lt;"),
        '>' => into.Append("&gt;"),
        '"' => into.Append("&quot;"),
        '\0' => into,
        _ => into.Append(each),
    };

    // How long the reference at the beginning is; 0 when it is none.
    private static int ReadReference(ReadOnlySpan<char> text, bool isAttribute, out string characters)
    {
        characters = "";
        if (text.Length > 1 && text[1] == '#')
            return ReadNumber(text, out characters);
        if (NamedLength(text) is > 0 and var length)
        {
            var name = text[..length].ToString();
            characters = WebUtility.HtmlDecode(name);
            return string.Equals(characters, name, StringComparison.Ordinal) ? 0 : length;
        }

        foreach (var name in s_bareNames)
        {
            if (!text[1..].StartsWith(name, StringComparison.Ordinal))
                continue;
            // HTML 13.2.5.73: `?a=1&copy=2` in an attribute is what it looks like.
            if (isAttribute && text.Length > name.Length + 1 && (text[name.Length + 1] == '=' || char.IsAsciiLetterOrDigit(text[name.Length + 1])))
                return 0;
            characters = WebUtility.HtmlDecode($"&{name};");
            return name.Length + 1;
        }

        return 0;
    }

    // "&" 1*alphanumeric ";"
    private static int NamedLength(ReadOnlySpan<char> text)
    {
        var length = 1;
        while (length < text.Length && length < MaximumReferenceLength && char.IsAsciiLetterOrDigit(text[length]))
            length++;
        return length > 1 && length < text.Length && text[length] == ';' && char.IsAsciiLetter(text[1]) ? length + 1 : 0;
    }

    private static int ReadNumber(ReadOnlySpan<char> text, out string characters)
    {
        characters = "";
        var isHex = text.Length > 2 && text[2] is 'x' or 'X';
        int at = isHex ? 3 : 2, start = at, value = 0;
        for (; at < text.Length && (isHex ? char.IsAsciiHexDigit(text[at]) : char.IsAsciiDigit(text[at])); at++)
            value = Math.Min(value * (isHex ? 16 : 10) + (char.IsAsciiDigit(text[at]) ? text[at] - '0' : (text[at] | 0x20) - 'a' + 10), 0x110000);
        if (at == start)
            return 0;
        characters = value is >= 0x80 and <= 0x9F ? Windows1252[value - 0x80].ToString() : value != 0 && Rune.IsValid(value) ? new Rune(value).ToString() : "\uFFFD";
        return at < text.Length && text[at] == ';' ? at + 1 : at;
    }
}
