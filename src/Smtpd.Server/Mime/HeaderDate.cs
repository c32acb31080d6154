using System.Globalization;
using System.Text;

namespace Smtpd.Server.Mime;

/// <summary>Dates as in RFC 5322 3.3, the obsolete forms of 4.3 included.</summary>
internal static class HeaderDate
{
    private const int MaximumLength = 100; // without comments

    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    private static readonly string[] FullMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    private static readonly string[] IsoForms = ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss zzz", "yyyy-MM-dd"];

    public static string Format(DateTimeOffset date)
    {
        var sign = date.Offset < TimeSpan.Zero ? '-' : '+';
        var offset = date.Offset.Duration();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Days[(int)date.DayOfWeek]}, {date.Day} {Months[date.Month - 1]} {date.Year:D4} {date.Hour:D2}:{date.Minute:D2}:{date.Second:D2} {sign}{offset.Hours:D2}{offset.Minutes:D2}");
    }

    /// <summary>Also reads what is seen beside RFC 5322: asctime's order, full names, <c>21-Nov-97</c>, <c>09.55.06</c>, <c>+01:00</c>, and ISO 8601.</summary>
    public static bool TryParse(string text, out DateTimeOffset date)
    {
        date = default;
        if (text.Contains('(', StringComparison.Ordinal))
            text = WithoutComments(text);
        if (text.Length > MaximumLength)
            return false;
        if (text.Contains(" :", StringComparison.Ordinal) || text.Contains(": ", StringComparison.Ordinal))
            text = text.Replace(" :", ":", StringComparison.Ordinal).Replace(": ", ":", StringComparison.Ordinal);
        var words = text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0 && DateTimeOffset.TryParseExact(string.Join(' ', words), IsoForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date))
            return true;
        if (words.Length > 1 && char.IsAsciiLetter(words[0][0]) && !TryMonth(words[0], out _))
            words = words[1..]; // the name of the day says nothing more
        if (words.Length > 0 && words[0].Split('-') is [var first, var second, var third])
            words = [first, second, third, .. words[1..]];
        if (words.Length > 3 && TryMonth(words[0], out _))
            words = [words[1], words[0], words[3], words[2], .. words[4..]]; // asctime: Nov 21 09:55:06 1997
        return TryParse(words, out date);
    }

    private static bool TryParse(ReadOnlySpan<string> words, out DateTimeOffset date)
    {
        date = default;
        if (words.Length is not (4 or 5)
            || !TryNumber(words[0], 2, out var day)
            || !TryMonth(words[1], out var month)
            || !TryYear(words[2], out var year)
            || !TryTime(words[3], out var time)
            || !TryZone(words.Length == 5 ? words[4] : "-0000", out var zone)
            || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new(new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified) + time, zone);
        return true;
    }

    // They nest (RFC 5322 3.2.2) and may stand anywhere, even inside of the time.
    private static string WithoutComments(string text)
    {
        StringBuilder rest = new(text.Length);
        var depth = 0;
        foreach (var each in text)
        {
            depth += each == '(' ? 1 : 0;
            if (depth == 0)
                rest.Append(each);
            depth -= each == ')' && depth > 0 ? 1 : 0;
        }

        return rest.ToString();
    }

    private static bool TryNumber(string digits, int maximumLength, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && digits.Length <= maximumLength;

    private static bool TryMonth(string name, out int month)
    {
        month = Array.FindIndex(Months, each => name.StartsWith(each, StringComparison.OrdinalIgnoreCase)) + 1;
        return month > 0 && (name.Length == 3 || FullMonths[month - 1].Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static bool TryYear(string digits, out int year)
    {
        if (!TryNumber(digits, 4, out year))
            return false;
        // RFC 5322 4.3: two digits up to 49 are 2000 and later, other two and three digits count from 1900.
        year += digits.Length switch { <= 2 when year < 50 => 2000, < 4 => 1900, _ => 0 };
        return year is >= 1000 and < 9999;
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        var parts = text.Split(text.Contains('.', StringComparison.Ordinal) ? '.' : ':');
        var second = 0;
        if (parts.Length is not (2 or 3)
            || !TryNumber(parts[0], 2, out var hour) || hour > 23
            || !TryNumber(parts[1], 2, out var minute) || minute > 59
            || (parts.Length == 3 && (!TryNumber(parts[2], 2, out second) || second > 60)))
        {
            return false;
        }

        time = new(hour, minute, Math.Min(second, 59)); // a leap second has no other place in a DateTime
        return true;
    }

    private static bool TryZone(string text, out TimeSpan zone)
    {
        zone = default;
        if (text.Length == 6 && text[3] == ':')
            text = text.Remove(3, 1);
        if (text.Length == 5 && text[0] is '+' or '-' && TryNumber(text[1..], 4, out var digits))
        {
            zone = new(digits / 100, digits % 100, 0);
            zone = text[0] == '-' ? -zone : zone;
            return digits % 100 < 60 && zone.Duration() <= TimeSpan.FromHours(14); // more than a DateTimeOffset holds, and than there is
        }

        var hours = text.ToUpperInvariant() switch { "EDT" => -4, "EST" or "EST5EDT" or "CDT" => -5, "CST" or "MDT" => -6, "MST" or "PDT" => -7, "PST" => -8, _ => 0 };
        zone = TimeSpan.FromHours(hours);
        return true; // RFC 5322 4.3: any other name says no more than UTC
    }
}
