using System.Globalization;
using System.Text;

namespace Smtpd.Server.Exchange;

/// <summary>The line between messages (RFC 4155): <c>From sender Mon Nov 23 02:54:00 2026</c>, in the variants that programs write.</summary>
internal static class MboxFromLine
{
    private const string DateForm = "ddd MMM d HH:mm:ss yyyy";
    private static readonly string[] s_months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>
    /// A line with a date at its end is one anywhere: not all writers leave a line empty before it. Without a date it is one only after an empty line, and only with at most one
    /// word, as old Thunderbird wrote it: <c>From here on …</c> in a text is none.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> line, bool isAfterEmptyLine, out string sender, out DateTimeOffset? date)
    {
        (sender, date) = ("", null);
        if (!line.StartsWith("From "u8))
            return false;
        var text = Text(line[5..].TrimEnd("\r\n"u8)).Trim();
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Date(words, out var used) is DateTimeOffset found)
        {
            date = found;
            sender = string.Join(' ', words[..^used]);
        }
        else if (isAfterEmptyLine && words.Length <= 1)
            sender = text;
        else
            return false;
        if (sender is "-" or "MAILER-DAEMON")
            sender = "";
        return true;
    }

    public static byte[] Write(string sender, DateTimeOffset date)
    {
        var address = string.Concat(sender.Select(each => char.IsWhiteSpace(each) || char.IsControl(each) ? '_' : each));
        return Encoding.UTF8.GetBytes($"From {(address.Length == 0 ? "MAILER-DAEMON" : address)} {Asctime(date)}\r\n");
    }

    // `ddd` and `MMM` are English in the invariant culture; the day is padded with a space, which no format letter does.
    private static string Asctime(DateTimeOffset date)
    {
        var text = date.ToUniversalTime().ToString(DateForm, CultureInfo.InvariantCulture);
        return text[9] == ' ' ? text.Insert(8, " ") : text;
    }

    private static string Text(ReadOnlySpan<byte> line)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(line);
        }
    }

    // [weekday] month day time [zone] year [zone], where a zone is +hhmm or a name.
    private static DateTimeOffset? Date(string[] words, out int used)
    {
        used = 0;
        var time = Array.FindLastIndex(words, each => each.Contains(':', StringComparison.Ordinal));
        if (time < 2 || words.Length - time > 4 || Array.IndexOf(s_months, words[time - 2]) is not (>= 0 and var month)
            || !int.TryParse(words[time - 1], NumberStyles.None, CultureInfo.InvariantCulture, out var day)
            || !TimeOnly.TryParseExact(words[time], ["HH:mm:ss", "HH:mm", "H:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
            return null;
        var rest = words[(time + 1)..];
        var yearAt = Array.FindIndex(rest, each => each.Length == 4 && each.All(char.IsAsciiDigit));
        if (yearAt < 0 || rest.Length > 2 || !int.TryParse(rest[yearAt], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            || year is < 1970 or > 9998 || day < 1 || day > DateTime.DaysInMonth(year, month + 1) || Zone(rest.Length == 2 ? rest[1 - yearAt] : "UTC") is not TimeSpan zone)
            return null;
        used = words.Length - time + 2;
        if (time >= 3 && words[time - 3] is "Mon" or "Tue" or "Wed" or "Thu" or "Fri" or "Sat" or "Sun")
            used++;
        return new DateTimeOffset(year, month + 1, day, clock.Hour, clock.Minute, clock.Second, zone);
    }

    private static TimeSpan? Zone(string zone)
    {
        if (zone.Length is >= 1 and <= 5 && zone.All(char.IsAsciiLetter))
            return TimeSpan.Zero; // names mean different things to different people
        if (zone is not [('+' or '-') and var sign, _, _, _, _] || !int.TryParse(zone.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number % 100 > 59 || number > 1400)
            return null;
        return TimeSpan.FromMinutes((number / 100 * 60 + number % 100) * (sign == '-' ? -1 : 1));
    }
}
