using System.Buffers;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>What was wrong with the encoded words of a value; it was read all the same.</summary>
[Flags]
internal enum EncodedWordFaults
{
    None = 0,
    Broken = 1,
    UnknownCharset = 2,
    TooMany = 4,
}

/// <summary>RFC 2047 with its broken forms: blanks inside, characters split over two words, no end mark, words that touch other text. Linear in its input.</summary>
internal static class EncodedWords
{
    private const int MaximumWords = 5000;
    private const int MaximumCharsetLength = 64;

    public static string Decode(string text) => Decode(text, out _);

    public static string Decode(string text, out EncodedWordFaults faults)
    {
        faults = EncodedWordFaults.None;
        if (!text.Contains("=?", StringComparison.Ordinal))
            return text;
        Reading reading = new(text);
        var decoded = reading.ReadAll();
        faults = reading.Faults;
        return decoded;
    }

    // Where the text of a word lies, and how it is encoded.
    private readonly record struct Word(string Charset, bool IsBase64, int Start, int End, int Next, bool IsWhole);

    private ref struct Reading(string text)
    {
        private readonly StringBuilder _result = new(text.Length);
        private byte[] _octets = [];
        private int _length;
        private string _charset = ""; // of what waits in _octets: characters may be split over words (forbidden and common)
        private int _nextEnd = -1;    // where the next "?=" is; remembered, so that a thousand openings do not search for it a thousand times
        private int _words;

        public EncodedWordFaults Faults { get; private set; }

        public string ReadAll()
        {
            var position = 0;
            while (position < text.Length)
            {
                var open = text.IndexOf("=?", position, StringComparison.Ordinal);
                if (open < 0)
                    break;
                // Blanks between two words are not text (RFC 2047 6.2).
                var between = text.AsSpan(position, open - position);
                if (!TryReadWord(open, out var word))
                {
                    Flush();
                    _result.Append(between).Append("=?");
                    position = open + 2;
                    continue;
                }

                if (_length == 0 && _charset.Length == 0 || !between.IsWhiteSpace())
                {
                    Flush();
                    _result.Append(between);
                }

                Take(word);
                position = word.Next;
            }

            Flush();
            _result.Append(text, position, text.Length - position);
            if (_octets.Length > 0)
                ArrayPool<byte>.Shared.Return(_octets);
            return _result.ToString();
        }

        // "=?" charset ["*" language] "?" encoding "?" text "?="
        private bool TryReadWord(int open, out Word word)
        {
            word = default;
            var rest = text.AsSpan(open + 2);
            var mark = rest[..Math.Min(rest.Length, MaximumCharsetLength)].IndexOf('?');
            if (mark <= 0 || mark + 2 >= rest.Length || rest[mark + 2] != '?' || rest[mark + 1] is not ('q' or 'Q' or 'b' or 'B') || rest[..mark].ContainsAny(" \t=\""))
                return false;
            if (_words == MaximumWords)
            {
                Faults |= EncodedWordFaults.TooMany;
                return false;
            }

            _words++;
            var charset = rest[..mark];
            var language = charset.IndexOf('*');
            var start = open + mark + 5;
            var (end, next) = FindEnd(start);
            word = new(CharsetName(language < 0 ? charset : charset[..language]), rest[mark + 1] is 'b' or 'B', start, end, next, next > end);
            return true;
        }

        // Almost every word says the one or the other.
        private static string CharsetName(ReadOnlySpan<char> name) =>
            name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? "utf-8" : name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) ? "iso-8859-1" : name.ToString();

        // The text ends at "?=". Where the next word begins before that, or none comes, the mark was forgotten.
        private (int End, int Next) FindEnd(int start)
        {
            if (_nextEnd < start)
            {
                _nextEnd = text.IndexOf("?=", start, StringComparison.Ordinal);
                _nextEnd = _nextEnd < 0 ? int.MaxValue : _nextEnd;
            }

            var limit = Math.Min(_nextEnd, text.Length);
            var other = text.AsSpan(start, limit - start).IndexOf("=?");
            if (other >= 0)
                return (start + other, start + other);
            if (_nextEnd < text.Length)
                return (_nextEnd, _nextEnd + 2);
            var blank = text.AsSpan(start).IndexOfAny(' ', '\t', '"');
            var end = blank < 0 ? text.Length : start + blank;
            return (end, end);
        }

        private void Take(Word word)
        {
            if (!word.IsWhole)
                Faults |= EncodedWordFaults.Broken;
            if (!_charset.Equals(word.Charset, StringComparison.OrdinalIgnoreCase))
                Flush();
            _charset = word.Charset;
            Reserve(word.End - word.Start);
            var source = text.AsSpan(word.Start, word.End - word.Start);
            if (word.IsBase64)
                Base64(source);
            else
                Quoted(source);
        }

        private void Base64(ReadOnlySpan<char> source)
        {
            int bits = 0, count = 0;
            foreach (var each in source)
            {
                var value = each < 128 ? Base64Decoder.Values[each] : -1;
                if (value < 0)
                {
                    count = each == '=' ? 0 : count;
                    Faults |= each is '=' or ' ' or '\t' ? EncodedWordFaults.None : EncodedWordFaults.Broken;
                    continue;
                }

                bits = (bits << 6) | value;
                if (++count % 4 != 1)
                    _octets[_length++] = (byte)(bits >> (count % 4) switch { 2 => 4, 3 => 2, _ => 0 });
            }
        }

        private void Quoted(ReadOnlySpan<char> source)
        {
            for (var i = 0; i < source.Length; i++)
            {
                var each = source[i];
                if (each == '=' && i + 2 < source.Length && char.IsAsciiHexDigit(source[i + 1]) && char.IsAsciiHexDigit(source[i + 2]))
                {
                    _octets[_length++] = (byte)((QuotedPrintableDecoder.Hex(source[i + 1]) << 4) | QuotedPrintableDecoder.Hex(source[i + 2]));
                    i += 2;
                }
                else if (each < 128)
                {
                    Faults |= each == '=' ? EncodedWordFaults.Broken : EncodedWordFaults.None;
                    _octets[_length++] = (byte)(each == '_' ? ' ' : each);
                }
                else
                {
                    // Not octets but a character already: what was collected before it is decoded first.
                    var charset = _charset;
                    Flush();
                    _charset = charset;
                    _result.Append(each);
                }
            }
        }

        private void Flush()
        {
            if (_length > 0)
            {
                var encoding = Charsets.Find(_charset, out var isKnown);
                Faults |= isKnown ? EncodedWordFaults.None : EncodedWordFaults.UnknownCharset;
                foreach (var each in Charsets.Decode(_octets.AsSpan(0, _length), encoding))
                    _result.Append(char.IsControl(each) ? ' ' : each); // a line break smuggled into a subject stays inside of its line
            }

            _length = 0;
            _charset = "";
        }

        private void Reserve(int more)
        {
            if (_octets.Length >= _length + more)
                return;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, (_length + more) * 2));
            _octets.AsSpan(0, _length).CopyTo(larger);
            if (_octets.Length > 0)
                ArrayPool<byte>.Shared.Return(_octets);
            _octets = larger;
        }
    }
}
