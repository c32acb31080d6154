using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Reads <c>Name &lt;local@domain&gt;, …</c> (RFC 5322 3.4) for display: takes what it can and never throws.</summary>
internal static class AddressList
{
    public static void Read(string text, List<HeaderAddress> addresses, int maximum)
    {
        StringBuilder phrase = new(), comment = new();
        string? angle = null;
        for (var i = 0; i < text.Length && addresses.Count < maximum;)
        {
            switch (text[i])
            {
                case '"':
                    i = Quoted(text, i, phrase);
                    break;
                case '(':
                    i = Comment(text, i, comment);
                    break;
                case '<':
                    var end = text.IndexOf('>', i);
                    end = end < 0 ? text.Length : end;
                    angle ??= text[(i + 1)..end].Trim();
                    i = end + 1;
                    break;
                case ':' when angle is null && !phrase.ToString().Contains('@', StringComparison.Ordinal):
                    phrase.Clear(); // the name of a group; its members follow
                    i++;
                    break;
                case ',' or ';':
                    Add();
                    i++;
                    break;
                default:
                    phrase.Append(text[i++]);
                    break;
            }
        }

        if (addresses.Count < maximum)
            Add();

        void Add()
        {
            var words = Collapse(phrase);
            HeaderAddress address = angle is not null
                ? new(words.Length > 0 ? words : Collapse(comment), angle)
                : words.Contains('@', StringComparison.Ordinal) && !words.Contains(' ', StringComparison.Ordinal)
                    ? new(Collapse(comment), words)
                    : new(words, "");
            if (address.Name.Length > 0 || address.Address.Length > 0)
                addresses.Add(address);
            phrase.Clear();
            comment.Clear();
            angle = null;
        }
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

    private static string Collapse(StringBuilder words) =>
        string.Join(' ', words.ToString().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
