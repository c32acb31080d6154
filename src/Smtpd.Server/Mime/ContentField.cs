using System.Buffers;
using System.Globalization;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary><c>Content-Type</c> or <c>Content-Disposition</c>: a value in lower case and its parameters, RFC 2231 decoded (RFC 2045 5.1, RFC 2183).</summary>
internal sealed class ContentField
{
    private const int MaximumParameters = 500;
    private const int MaximumSection = 9999;

    private static readonly SearchValues<char> NameEnds = SearchValues.Create(" \t;=/(");

    private readonly List<KeyValuePair<string, string>> _parameters = [];

    private ContentField(string value) => Value = value;

    /// <summary>For example <c>text/plain</c> or <c>attachment</c>; empty where nothing can be made of it.</summary>
    public string Value { get; }

    /// <summary>Names in lower case, each once, in the order of the field.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters => _parameters;

    public bool HasTooMany { get; private set; }

    public string? this[string name]
    {
        get
        {
            foreach (var each in _parameters)
            {
                if (each.Key.Equals(name, StringComparison.Ordinal))
                    return each.Value;
            }

            return null;
        }
    }

    public static ContentField Parse(string text)
    {
        var position = 0;
        ContentField field = new(ReadValue(text, ref position));
        List<Piece>? pieces = null;
        HashSet<string>? seen = null;
        for (var count = 0; TryReadParameter(text, ref position, out var name, out var value);)
        {
            if (++count > MaximumParameters)
            {
                field.HasTooMany = true;
                break;
            }

            if (name.Contains('*', StringComparison.Ordinal))
                (pieces ??= []).Add(Piece.Of(name, value));
            else if ((seen ??= new(StringComparer.Ordinal)).Add(name))
                field._parameters.Add(new(name, value));
        }

        if (pieces is not null)
            field.Join(pieces);
        return field;
    }

    // RFC 2231 3 and 4: the pieces may come in any order; what they say goes before a plain parameter of the same name.
    private void Join(List<Piece> pieces)
    {
        foreach (var group in pieces.GroupBy(each => each.Name, StringComparer.Ordinal))
        {
            if (group.Key.Length == 0)
                continue;
            var whole = group.FirstOrDefault(each => each.Section < 0);
            var value = Piece.Decode(whole is not null ? [whole] : group.OrderBy(each => each.Section).DistinctBy(each => each.Section));
            var plain = _parameters.FindIndex(each => each.Key.Equals(group.Key, StringComparison.Ordinal));
            if (plain >= 0)
                _parameters[plain] = new(group.Key, value);
            else
                _parameters.Add(new(group.Key, value));
        }
    }

    private static string ReadValue(string text, ref int position)
    {
        StringBuilder value = new();
        for (var depth = 0; position < text.Length; position++)
        {
            var each = text[position];
            if (each == ';' && depth == 0)
                break;
            if (each is ' ' or '\t')
            {
                while (position + 1 < text.Length && text[position + 1] is ' ' or '\t')
                    position++;
                if (depth == 0 && value.Length > 0 && LooksLikeParameter(text.AsSpan(position)))
                    break; // the semicolon was forgotten
                continue;
            }

            if (each == '(')
                depth++;
            else if (each == ')' && depth > 0)
                depth--;
            else if (depth == 0 && !char.IsWhiteSpace(each))
                value.Append(char.ToLowerInvariant(each));
            if (value.Length > 255)
                break;
        }

        return value.ToString();
    }

    private static bool LooksLikeParameter(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(" \t");
        var end = rest.IndexOfAny(NameEnds);
        return end > 0 && rest[end] == '=';
    }

    // Leaves position behind the parameter. Names without a value are passed over.
    private static bool TryReadParameter(string text, ref int position, out string name, out string value)
    {
        while (true)
        {
            while (position < text.Length && (text[position] == ';' || char.IsWhiteSpace(text[position])))
                position++;
            var rest = text.AsSpan(position);
            var end = rest.IndexOfAny('=', ';');
            if (end < 0)
            {
                (name, value) = ("", "");
                return false;
            }

            name = rest[..end].Trim().ToString().ToLowerInvariant();
            position += end;
            if (text[position] == ';')
                continue;
            position++;
            value = ReadParameterValue(text, ref position, name);
            if (name.Length > 0 && name.Length <= 100)
                return true;
        }
    }

    private static string ReadParameterValue(string text, ref int position, string name)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
            position++;
        if (position < text.Length && text[position] == '"')
            return Quoted(text, ref position);
        var rest = text.AsSpan(position);
        var end = rest.IndexOf(';');
        var value = end < 0 ? rest : rest[..end];
        position += value.Length;
        // Unquoted file names with blanks are common mistakes; everywhere else a blank ends the value and a comment or the next parameter follows.
        if (!name.StartsWith("name", StringComparison.Ordinal) && !name.StartsWith("filename", StringComparison.Ordinal))
        {
            var blank = value.IndexOfAny(" \t(");
            if (blank >= 0)
            {
                position += blank - value.Length;
                value = value[..blank];
                if (!LooksLikeParameter(text.AsSpan(position)))
                    position += Math.Max(0, text.AsSpan(position).IndexOf(';'));
            }
        }

        return value.Trim().ToString();
    }

    private static string Quoted(string text, ref int position)
    {
        StringBuilder value = new();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            // Only what must be escaped: others write C:\dir\file into quotes as it is.
            if (text[position] == '\\' && position + 1 < text.Length && text[position + 1] is '"' or '\\')
                position++;
            value.Append(text[position]);
        }

        position = Math.Min(position + 1, text.Length);
        return value.ToString();
    }

    private sealed record Piece(string Name, int Section, bool IsExtended, string Value)
    {
        // name*=, name*0=, name*0*=
        public static Piece Of(string name, string value)
        {
            var star = name.IndexOf('*', StringComparison.Ordinal);
            var isExtended = name.EndsWith('*');
            var digits = name.AsSpan(star + 1).TrimEnd('*').Trim();
            var section = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, MaximumSection) : -1;
            return new(name[..star].Trim(), section, isExtended, value);
        }

        public static string Decode(IEnumerable<Piece> pieces)
        {
            List<byte> octets = [];
            string? charset = null;
            var isFirst = true;
            foreach (var each in pieces)
            {
                var value = each.Value.AsSpan();
                if (isFirst && each.IsExtended && value.IndexOf('\'') is var first and >= 0 && value[(first + 1)..].IndexOf('\'') is var second and >= 0)
                {
                    charset = value[..first].ToString();
                    value = value[(first + second + 2)..];
                }

                isFirst = false;
                Append(value, each.IsExtended, octets);
            }

            return Charsets.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(octets), Charsets.Find(charset, out _));
        }

        private static void Append(ReadOnlySpan<char> value, bool isExtended, List<byte> octets)
        {
            Span<byte> utf8 = stackalloc byte[4];
            for (var i = 0; i < value.Length; i++)
            {
                if (isExtended && value[i] == '%' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
                {
                    octets.Add((byte)((QuotedPrintableDecoder.Hex(value[i + 1]) << 4) | QuotedPrintableDecoder.Hex(value[i + 2])));
                    i += 2;
                }
                else if (value[i] < 128)
                {
                    octets.Add((byte)value[i]);
                }
                else
                {
                    var pair = char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]);
                    var length = Encoding.UTF8.GetBytes(value.Slice(i, pair ? 2 : 1), utf8);
                    octets.AddRange(utf8[..length]);
                    i += pair ? 1 : 0;
                }
            }
        }
    }
}
