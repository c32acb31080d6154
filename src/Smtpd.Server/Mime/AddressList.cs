using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>
/// Reads <c>Name &lt;local@domain&gt;, …</c> (RFC 5322 3.4 and 4.4) for display: takes what it can, never throws, and is linear. Groups give their members.
/// Encoded words are decoded last (RFC 2047 6.2), so that a comma inside of one separates nothing.
/// </summary>
internal static class AddressList
{
    /// <summary>False when there were more than <paramref name="maximum"/>.</summary>
    public static bool Read(string text, List<HeaderAddress> addresses, int maximum)
    {
        StringBuilder phrase = new(), comment = new();
        string? angle = null;
        var hasAt = false;
        var afterAngle = 0;
        for (var i = 0; i < text.Length;)
        {
            if (addresses.Count >= maximum)
                return text.AsSpan(i).Trim(" \t,;").IsEmpty;
            switch (text[i])
            {
                case '"':
                    i = Quoted(text, i, phrase);
                    break;
                case '(':
                    if (comment.Length > 0)
                        comment.Append(' ');
                    i = Comment(text, i, comment);
                    break;
                case '<' when angle is not null:
                    // A comma was forgotten: what stands between is the name of this one.
                    var name = phrase.ToString(afterAngle, phrase.Length - afterAngle);
                    phrase.Length = afterAngle;
                    Add();
                    phrase.Append(name);
                    break;
                case '<':
                    i = Angle(text, i, comment, out angle);
                    afterAngle = phrase.Length;
                    break;
                case ':' when angle is null && !hasAt:
                    phrase.Clear(); // the name of a group; its members follow
                    comment.Clear();
                    i++;
                    break;
                case ',' or ';':
                    Add();
                    i++;
                    break;
                default:
                    hasAt |= text[i] == '@';
                    phrase.Append(text[i++]);
                    break;
            }
        }

        Add();
        return true;

        void Add()
        {
            HeaderAddress address = angle is not null
                ? new(phrase.Length > 0 && Words(phrase) is { Length: > 0 } words ? words : Words(comment), angle)
                : hasAt && Bare(phrase) is { } bare ? new(Words(comment), bare) : new(Words(phrase), "");
            if (address.Name.Length > 0 || address.Address.Length > 0)
                addresses.Add(address);
            phrase.Clear();
            comment.Clear();
            (angle, hasAt) = (null, false);
        }
    }

    // An address without angle brackets; RFC 5322 4.4 allows blanks around its dots and its @.
    private static string? Bare(StringBuilder phrase)
    {
        var words = phrase.ToString().Trim();
        if (!words.AsSpan().ContainsAny(' ', '\t'))
            return words;
        var closed = words.Replace("\t", " ", StringComparison.Ordinal);
        while (closed.Contains("  ", StringComparison.Ordinal))
            closed = closed.Replace("  ", " ", StringComparison.Ordinal);
        closed = closed.Replace(" .", ".", StringComparison.Ordinal).Replace(". ", ".", StringComparison.Ordinal)
            .Replace(" @", "@", StringComparison.Ordinal).Replace("@ ", "@", StringComparison.Ordinal);
        return closed.Contains(' ', StringComparison.Ordinal) ? null : closed;
    }

    private static int Quoted(string text, int start, StringBuilder into)
    {
        var i = start + 1;
        for (; i < text.Length && text[i] != '"'; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            into.Append(text[i]);
        }

        return i + 1;
    }

    // Comments nest: a counter, not recursion, because the depth is the sender's choice.
    private static int Comment(string text, int start, StringBuilder into)
    {
        int depth = 0, i = start;
        for (; i < text.Length; i++)
        {
            if (text[i] == '(' && depth++ == 0)
                continue;
            if (text[i] == ')' && --depth == 0)
                return i + 1;
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            into.Append(text[i]);
        }

        return i;
    }

    // A route before it (RFC 5322 4.4: <@a,@b:c@d>) says nothing any more.
    private static int Angle(string text, int start, StringBuilder comment, out string angle)
    {
        StringBuilder address = new();
        var i = start + 1;
        while (i < text.Length && text[i] != '>')
        {
            if (text[i] == '(')
            {
                i = Comment(text, i, comment);
            }
            else if (text[i] == '"')
            {
                var end = text.IndexOf('"', i + 1);
                end = end < 0 ? i : end;
                address.Append(text, i, end + 1 - i);
                i = end + 1;
            }
            else
            {
                if (!char.IsWhiteSpace(text[i]) && text[i] != '<')
                    address.Append(text[i]);
                i++;
            }
        }

        var found = address.ToString();
        if (found.StartsWith('@') && found.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            found = found[(colon + 1)..];
        angle = found;
        return i + 1;
    }

    private static string Words(StringBuilder words)
    {
        if (words.Length == 0)
            return "";
        var text = EncodedWords.Decode(words.ToString());
        return text.AsSpan().ContainsAny(" \t") ? string.Join(' ', text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)) : text;
    }
}
