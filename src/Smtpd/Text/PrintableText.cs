using System.Globalization;

namespace Smtpd.Text;

/// <summary>Which characters may stand in text that leaves for a terminal, a log or a reply line.</summary>
internal static class PrintableText
{
    /// <summary>Whether every character of <paramref name="text"/> is printable.</summary>
    public static bool IsPrintable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsPrintable(text, i))
                return false;
        }

        return true;
    }

    /// <summary>Whether the UTF-16 unit at <paramref name="index"/> is no control, line or format character and no half of a pair.</summary>
    public static bool IsPrintable(string text, int index)
    {
        var c = text[index];
        if (char.IsAscii(c))
            return c is >= ' ' and <= '~';
        if (char.IsLowSurrogate(c))
            return index > 0 && char.IsHighSurrogate(text[index - 1]) && IsPrintable(text, index - 1);
        if (char.IsHighSurrogate(c) && !(index + 1 < text.Length && char.IsLowSurrogate(text[index + 1])))
            return false;
        // C1 controls (U+0085 is a line end to many), U+2028/2029, the bidirectional overrides and the tags of plane 14.
        return CharUnicodeInfo.GetUnicodeCategory(text, index) is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format);
    }
}
