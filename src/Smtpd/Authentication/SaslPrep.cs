using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Smtpd.Text;

namespace Smtpd.Authentication;

/// <summary>SASLprep (RFC 4013): makes texts that look and are meant alike the same text, and refuses those that nobody can type.</summary>
internal static class SaslPrep
{
    /// <summary>Prepares a text as a query (RFC 3454 §7): characters that have no meaning yet pass.</summary>
    /// <returns>False when the text is empty, before or after, or holds what is prohibited (RFC 4013 §2.3).</returns>
    public static bool TryPrepare(string text, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        if (text.Length == 0)
            return false;
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
        {
            prepared = text;
            return true;
        }

        if (!TryMap(text, out var mapped))
            return false;
        var normalized = CompatibilityForm.Of(mapped);
        if (normalized.Length == 0 || !normalized.EnumerateRunes().All(static rune => !IsProhibited(rune)) || !IsOfOneDirection(normalized))
            return false;
        prepared = normalized;
        return true;
    }

    private static bool TryMap(string text, out List<Rune> mapped)
    {
        mapped = new(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
                return false;
            at += rune.Utf16SequenceLength;
            if (IsNonAsciiSpace(rune.Value))
                mapped.Add(new Rune(' '));
            else if (!IsMappedToNothing(rune.Value))
                mapped.Add(rune);
        }

        return true;
    }

    // RFC 3454 §6: a text with a character from right to left has none from left to right, and begins and ends with one.
    private static bool IsOfOneDirection(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var unicode = SaslPrepTables.Unicode;
        return !runes.Any(rune => unicode.IsRightToLeft(rune.Value))
            || (unicode.IsRightToLeft(runes[0].Value) && unicode.IsRightToLeft(runes[^1].Value) && !runes.Any(rune => unicode.IsLeftToRight(rune.Value)));
    }

    // RFC 3454 table C.1.2.
    private static bool IsNonAsciiSpace(int value) => value is 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200B) or 0x202F or 0x205F or 0x3000;

    // RFC 3454 table B.1.
    private static bool IsMappedToNothing(int value) =>
        value is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200C and <= 0x200D) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    // RFC 3454 tables C.1.2, C.2.1, C.2.2, C.3, C.4, C.6, C.7, C.8 and C.9; of C.5, surrogates, nothing comes this far.
    private static bool IsProhibited(Rune rune) => rune.Value switch
    {
        < 0x20 or (>= 0x7F and <= 0x9F) => true,
        0x6DD or 0x70F or 0x180E or 0x2028 or 0x2029 => true,
        >= 0x2060 and <= 0x2063 => true,
        >= 0x206A and <= 0x206F => true,
        >= 0x1D173 and <= 0x1D17A => true,
        >= 0x2FF0 and <= 0x2FFB => true,
        0x340 or 0x341 or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) => true,
        >= 0xFFF9 and <= 0xFFFD => true,
        >= 0xFDD0 and <= 0xFDEF => true,
        0xE0001 or (>= 0xE0020 and <= 0xE007F) => true,
        var value when (value & 0xFFFE) == 0xFFFE || IsNonAsciiSpace(value) || IsMappedToNothing(value) => true,
        _ => Rune.GetUnicodeCategory(rune) == UnicodeCategory.PrivateUse,
    };
}
