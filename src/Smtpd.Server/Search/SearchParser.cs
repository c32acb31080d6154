using System.Text;

namespace Smtpd.Server.Search;

/// <summary>Reads the language of <see cref="SearchQuery"/>. People type queries letter by letter: an open quotation mark or parenthesis ends with the text.</summary>
internal sealed class SearchParser(string text, TimeProvider time)
{
    private const int MaximumDepth = 8;

    private readonly SearchTerms _terms = new(time);
    private int _position;
    private int _depth;
    private int _count;

    public string? Problem { get; private set; }

    public SearchNode Parse()
    {
        var root = Alternatives();
        if (Problem is null && root is SearchAnd { Nodes.Count: 0 } && text.AsSpan().Trim().Length > 0 && _count > 0)
            Problem = "There is no letter and no digit to look for. Write a word, \"some words\" or field:value.";
        return root;
    }

    // alternatives = all *("OR" all)
    private SearchNode Alternatives()
    {
        List<SearchNode> nodes = [];
        do
        {
            if (All() is SearchNode node)
                nodes.Add(node);
        }
        while (TakeOr());
        return nodes.Count switch { 0 => new SearchAnd([]), 1 => nodes[0], _ => new SearchOr(nodes) };
    }

    // all = *( ["-"] ( "(" alternatives ")" / term ) )
    private SearchNode? All()
    {
        List<SearchNode> nodes = [];
        while (Problem is null && SkipSpaces() && !(_depth > 0 && text[_position] == ')') && !AtOr())
        {
            var isNot = false;
            for (; _position < text.Length && text[_position] is '-' or '!'; _position++)
                isNot = !isNot;
            var node = _position < text.Length && text[_position] == '(' ? Group() : Term();
            if (node is not null)
                nodes.Add(isNot ? new SearchNot(node) : node);
        }

        return nodes.Count switch { 0 => null, 1 => nodes[0], _ => new SearchAnd(nodes) };
    }

    private SearchNode? Group()
    {
        if (_depth == MaximumDepth)
        {
            Problem = $"Parentheses are more than {MaximumDepth} deep. Write the query with fewer.";
            return null;
        }

        _position++;
        _depth++;
        var node = Alternatives();
        _depth--;
        if (_position < text.Length)
            _position++; // the closing one
        return node is SearchAnd { Nodes.Count: 0 } ? null : node;
    }

    private SearchNode? Term()
    {
        if (++_count > SearchQuery.MaximumTerms)
        {
            Problem = $"There are more than {SearchQuery.MaximumTerms} terms. Ask for less at once.";
            return null;
        }

        var start = _position;
        while (_position < text.Length && (char.IsAsciiLetter(text[_position]) || text[_position] == '-'))
            _position++;
        var name = text[start.._position];
        if (_position == text.Length || text[_position] != ':' || !SearchTerms.IsField(name))
            (name, _position) = ("", start);
        else
            _position++;
        var value = Value(out var isQuoted);
        var node = _terms.Make(name, value, isQuoted, out var problem);
        Problem ??= problem;
        return node;
    }

    // A quotation mark begins a quoted value only where the value begins: `5"` is a word.
    private string Value(out bool isQuoted)
    {
        isQuoted = _position < text.Length && text[_position] is '"' or '\u201C' or '\u201D';
        return isQuoted ? Quoted() : Bare();
    }

    private string Quoted()
    {
        StringBuilder value = new();
        for (_position++; _position < text.Length && text[_position] is not ('"' or '\u201C' or '\u201D'); _position++)
        {
            if (text[_position] == '\\' && _position + 1 < text.Length)
                _position++;
            value.Append(text[_position]);
        }

        _position = Math.Min(_position + 1, text.Length);
        return value.ToString();
    }

    // A closing parenthesis ends a word only when it belongs to none within: `(f(x) OR g)`.
    private string Bare()
    {
        int start = _position, open = 0;
        for (; _position < text.Length && !char.IsWhiteSpace(text[_position]); _position++)
        {
            if (text[_position] == '(')
                open++;
            else if (text[_position] == ')' && open-- == 0 && _depth > 0)
                break;
        }

        return text[start.._position];
    }

    private bool SkipSpaces()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            _position++;
        return _position < text.Length;
    }

    private bool AtOr() => string.CompareOrdinal(text, _position, "OR", 0, 2) == 0
        && (_position + 2 == text.Length || char.IsWhiteSpace(text[_position + 2]) || text[_position + 2] is '(' or ')');

    private bool TakeOr()
    {
        if (Problem is not null || !SkipSpaces() || !AtOr())
            return false;
        _position += 2;
        return true;
    }
}
