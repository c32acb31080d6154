namespace Smtpd.Server.Reading;

/// <summary>What a code is made of.</summary>
internal enum CodeForm { Digits, SplitDigits, DoubtfulDigits, Prefixed, Mixed, Letters }

/// <summary>Something in a text that could be a code by its looks.</summary>
internal readonly record struct CodeCandidate(int Start, int End, string Value, CodeForm Form);

/// <summary>
/// Finds what looks like a code: 4 to 8 digits (<c>123456</c>, <c>123-456</c>, <c>4 8 2 9 1 3</c>), <c>G-123456</c>, <c>AB3D-9XK2</c>. Numbers with a decimal point, a currency, a slash or a plus,
/// times, dates and telephone numbers are none. One pass.
/// </summary>
internal static class CodeScanner
{
    private const string Currencies = "$€£¥₹₽₩₺₴円元";
    private static readonly string[] s_currencies = ["EUR", "USD", "GBP", "CHF", "PLN", "JPY", "CNY", "RUB", "UAH", "BRL", "SEK", "NOK", "DKK", "zł", "kr", "руб", "грн", "euros", "euro", "dollars"];

    /// <param name="text">As <see cref="Plain"/> makes it.</param>
    public static IEnumerable<CodeCandidate> Find(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }

            var end = RunEnd(text, i);
            var isWord = i == 0 || !(char.IsLetterOrDigit(text[i - 1]) && text[i - 1] < 0x2E80 || text[i - 1] == '_');
            if (!isWord || (end < text.Length && (text[end] == '_' || (char.IsLetter(text[end]) && text[end] < 0x2E80))))
            {
                i = end;
                continue;
            }

            if (text.AsSpan(i, end - i).ContainsAnyExceptInRange('0', '9'))
            {
                if (Word(text, i, ref end) is CodeCandidate word)
                    yield return word;
            }
            else
            {
                foreach (var number in Numbers(text, i, ref end))
                    yield return number;
            }

            i = end;
        }
    }

    /// <summary>The same text, as long as before, with ASCII digits and hyphens, and with addresses of pages and people blanked: numbers in them are no codes.</summary>
    public static string Plain(string text)
    {
        var plain = text.ToCharArray();
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = plain[i] switch
            {
                >= '\uFF10' and <= '\uFF19' => (char)(plain[i] - '\uFF10' + '0'),
                '\u00A0' or '\u2007' or '\u202F' or '\u3000' or '\t' => ' ',
                '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\uFF0D' => '-',
                _ => plain[i],
            };
        }

        var offset = 0;
        while (MessageLinks.NextUrl(text.AsSpan(offset), out var start, out var length))
        {
            plain.AsSpan(offset + start, length).Fill(' ');
            offset += start + length;
        }

        for (var at = Array.IndexOf(plain, '@'); at >= 0; at = Array.IndexOf(plain, '@', at + 1))
        {
            int from = at, to = at;
            while (from > 0 && !char.IsWhiteSpace(plain[from - 1]))
                from--;
            while (to < plain.Length && !char.IsWhiteSpace(plain[to]))
                to++;
            plain.AsSpan(from, to - from).Fill(' ');
        }

        return new(plain);
    }

    private static int RunEnd(string text, int start)
    {
        var end = start;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
            end++;
        return end;
    }

    // One number, or two or more that are written as one. `end` moves behind all that belongs together.
    private static List<CodeCandidate> Numbers(string text, int start, ref int end)
    {
        List<(int Start, int End)> runs = [(start, end)];
        var separator = '\0';
        while (end + 1 < text.Length && text[end] is ' ' or '-' or '.' && char.IsAsciiDigit(text[end + 1]) && (separator == '\0' || separator == text[end]))
        {
            var next = RunEnd(text, end + 1);
            if (text.AsSpan(end + 1, next - end - 1).ContainsAnyExceptInRange('0', '9'))
                break;
            separator = text[end];
            runs.Add((end + 1, next));
            end = next;
        }

        if (runs.Count == 1)
            return Single(text, runs[0], CodeForm.Digits);
        int first = runs[0].End - runs[0].Start, digits = runs.Sum(each => each.End - each.Start);
        var isEven = runs.TrueForAll(each => each.End - each.Start == first);
        if (separator != '.' && isEven && (first, runs.Count, separator) is (3 or 4, 2, _) or (2, 3, ' ') or (1, >= 4 and <= 8, _) && IsFree(text, start, end))
            return [new(start, end, first == 1 ? text[start..end].Replace(separator.ToString(), "", StringComparison.Ordinal) : text[start..end], CodeForm.SplitDigits)];
        return separator == ' ' && digits < 30 ? [.. runs.SelectMany(each => Single(text, each, CodeForm.DoubtfulDigits))] : [];
    }

    private static List<CodeCandidate> Single(string text, (int Start, int End) run, CodeForm form) =>
        run.End - run.Start is >= 4 and <= 8 && IsFree(text, run.Start, run.End) ? [new(run.Start, run.End, text[run.Start..run.End], form)] : [];

    // Letters and digits, perhaps in two groups.
    private static CodeCandidate? Word(string text, int start, ref int end)
    {
        var first = end - start;
        if (end + 1 < text.Length && text[end] == '-' && char.IsAsciiLetterOrDigit(text[end + 1]))
        {
            var next = RunEnd(text, end + 1);
            var second = next - end - 1;
            ReadOnlySpan<char> left = text.AsSpan(start, first), right = text.AsSpan(end + 1, second);
            var isWhole = next >= text.Length || text[next] != '-' || next + 1 >= text.Length || !char.IsAsciiLetterOrDigit(text[next + 1]);
            end = next;
            if (!isWhole)
            {
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '-'))
                    end++;
                return null;
            }

            if (first <= 3 && IsUpper(left) && second is >= 4 and <= 8 && !right.ContainsAnyExceptInRange('0', '9'))
                return new(start, end, text[start..end], CodeForm.Prefixed);
            return first >= 3 && second >= 3 && first + second is >= 6 and <= 8 && IsUpper(left) && IsUpper(right) && IsFree(text, start, end)
                ? new(start, end, text[start..end], text.AsSpan(start, first + 1 + second).ContainsAnyInRange('0', '9') ? CodeForm.Mixed : CodeForm.Letters) : null;
        }

        var word = text.AsSpan(start, first);
        if (first is < 6 or > 8 || !IsFree(text, start, end))
            return null;
        if (word.ContainsAnyInRange('0', '9'))
            return new(start, end, word.ToString(), CodeForm.Mixed);
        return IsUpper(word) ? new(start, end, word.ToString(), CodeForm.Letters) : null;
    }

    private static bool IsUpper(ReadOnlySpan<char> word)
    {
        foreach (var each in word)
        {
            if (char.IsAsciiLetterLower(each))
                return false;
        }

        return true;
    }

    // Nothing beside it makes it a part of something longer, or an amount.
    private static bool IsFree(string text, int start, int end)
    {
        char before = start > 0 ? text[start - 1] : '\n', beyond = start > 1 ? text[start - 2] : '\n';
        if (before is '#' or '+' or '/' or '\\' or '-' or '@' or '~' or '%' or '&' or '\u00a9' || Currencies.Contains(before, StringComparison.Ordinal)
            || (before is '.' or ',' or ':' or '\'' && char.IsAsciiDigit(beyond)) || (before == ' ' && (Currencies.Contains(beyond, StringComparison.Ordinal) || beyond is '\u00a9' or '+')))
            return false;
        char after = end < text.Length ? text[end] : '\n', second = end + 1 < text.Length ? text[end + 1] : '\n';
        if (after is '%' or '@' or '/' or '\\' or '\u00b0' || Currencies.Contains(after, StringComparison.Ordinal) || (after is '.' or ',' or ':' or '\'' && char.IsAsciiDigit(second))
            || (after == '-' && char.IsAsciiLetterOrDigit(second)) || (after == ' ' && Currencies.Contains(second, StringComparison.Ordinal)))
            return false;
        return !(after == ' ' && Array.Exists(s_currencies, each => string.Compare(text, end + 1, each, 0, each.Length, StringComparison.OrdinalIgnoreCase) == 0
                && (end + 1 + each.Length >= text.Length || !char.IsLetterOrDigit(text[end + 1 + each.Length]))))
            && !Array.Exists(s_currencies, each => start > each.Length && text[start - 1] == ' ' && string.Compare(text, start - 1 - each.Length, each, 0, each.Length, StringComparison.Ordinal) == 0);
    }
}
