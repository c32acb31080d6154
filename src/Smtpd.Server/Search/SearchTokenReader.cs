using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Smtpd.Server.Search;

/// <summary>
/// Takes text apart into what can be searched for: lower-case words without accents, at most <see cref="MaximumTokenLength"/> UTF-16 units each (the rest of a longer word is not
/// searchable). Characters of scripts that put no space between words (Chinese, Japanese, Korean, Thai…) are tokens by themselves. Linear, allocates nothing.
/// </summary>
internal ref struct SearchTokenReader(ReadOnlySpan<char> text)
{
    /// <summary>Longer than any word; PostgreSQL takes 2046 octets, SQLite anything.</summary>
    public const int MaximumTokenLength = 64;

    private static readonly SearchValues<char> s_plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private readonly ReadOnlySpan<char> _text = text;
    private TokenCharacters _token;
    private int _tokenLength;
    private bool _isFull;
    private int _position;

    /// <summary>The token; overwritten by the next <see cref="MoveNext"/>.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<char> Token => ((ReadOnlySpan<char>)_token)[.._tokenLength];

    /// <summary>Where it begins in the text.</summary>
    public int Start { get; private set; }

    /// <summary>How much of the text it covers, accents sent as characters of their own included.</summary>
    public int Length { get; private set; }

    public bool MoveNext()
    {
        _tokenLength = 0;
        while (_position < _text.Length)
        {
            if (char.IsAsciiLetter(_text[_position]) && TryReadPlain())
                return true;
            var kind = Next(out var rune, out var length);
            if (kind is Kind.Letter or Kind.Single)
            {
                Start = _position;
                ReadToken(kind == Kind.Single, rune, length);
                return true;
            }

            _position += length;
        }

        return false;
    }

    // Most words of most texts: ASCII letters and digits up to something else that is ASCII. A letter comes first, so it is no number. Indexing text takes a third of the time by it.
    private bool TryReadPlain()
    {
        var rest = _text[_position..];
        var end = rest.IndexOfAnyExcept(s_plain);
        if (end < 0)
            end = rest.Length;
        else if (!char.IsAscii(rest[end]))
            return false;
        if (end > MaximumTokenLength)
            return false;
        Ascii.ToLower(rest[..end], _token, out _tokenLength);
        (Start, Length) = (_position, end);
        _position += end;
        return true;
    }

    private void ReadToken(bool single, Rune rune, int length)
    {
        _isFull = false;
        Scientific number = default;
        Span<char> folded = stackalloc char[SearchFolding.MaximumLength];
        var count = SearchFolding.Fold(rune, folded);
        number.Splits(folded[0]);
        Append(folded[..count]);
        _position += length;
        Length = _position - Start;
        while (_position < _text.Length)
        {
            var kind = Next(out rune, out length);
            if (kind is Kind.Separator or Kind.Single || (kind == Kind.Letter && single))
                return;
            if (kind == Kind.Mark && !number.IsWhole || kind == Kind.Letter)
            {
                count = SearchFolding.Fold(rune, folded);
                if (number.Splits(folded[0]))
                    return;
                Append(folded[..count]);
            }

            _position += length;
            if (kind != Kind.Joiner)
                Length = _position - Start;
        }
    }

    private void Append(scoped ReadOnlySpan<char> folded)
    {
        _isFull |= _tokenLength + folded.Length > MaximumTokenLength;
        if (_isFull)
            return;
        folded.CopyTo(((Span<char>)_token)[_tokenLength..]);
        _tokenLength += folded.Length;
    }

    private readonly Kind Next(out Rune rune, out int length)
    {
        if (Rune.DecodeFromUtf16(_text[_position..], out rune, out length) != OperationStatus.Done)
            return Kind.Separator;
        if (rune.IsAscii)
            return char.IsAsciiLetterOrDigit((char)rune.Value) ? Kind.Letter : Kind.Separator;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.DecimalDigitNumber => Kind.Letter,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => IsAlone(rune.Value) ? Kind.Single : rune.Value == 0x640 ? Kind.Joiner : Kind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => IsVowel(rune.Value) ? Kind.Mark : Kind.Accent,
            UnicodeCategory.Format => rune.Value == 0x200B ? Kind.Separator : Kind.Joiner, // zero width space; soft hyphens and the like are inside words
            _ => Kind.Separator,
        };
    }

    // Thai to Lao, Burmese, Khmer, Hangul, kana, ideographs.
    private static bool IsAlone(int value) => value is (>= 0xE00 and <= 0xEFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x1100 and <= 0x11FF)
        or (>= 0x3005 and <= 0x31FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFFDC)
        or (>= 0x20000 and <= 0x3FFFF);

    // The marks of Indic and neighbouring scripts are vowels; those of Latin, Greek, Cyrillic, Hebrew and Arabic are accents, which people leave out.
    private static bool IsVowel(int value) => value is (>= 0x900 and <= 0x109F) or (>= 0x1780 and <= 0x17FF);

    private enum Kind { Separator, Letter, Single, Mark, Accent, Joiner }

    [InlineArray(MaximumTokenLength)]
    private struct TokenCharacters
    {
        private char _first;
    }

    // PostgreSQL's parser reads `12e45abc` as the number 12e45 and a word: so do we, that an index and a question are cut at the same place.
    private struct Scientific
    {
        private int _state; // 0 start, 1 digits, 2 digits and e, 3 digits, e and digits, -1 something else

        public readonly bool IsWhole => _state == 3;

        public bool Splits(char next)
        {
            var digit = char.IsAsciiDigit(next);
            if (_state == 3 && !digit)
                return true;
            _state = (_state, digit, next) switch
            {
                (0 or 1, true, _) => 1,
                (1, _, 'e') => 2,
                (2 or 3, true, _) => 3,
                _ => -1,
            };
            return false;
        }
    }
}
