using System.Globalization;
using System.Text;

namespace Smtpd.Commands;

/// <summary>date-time of RFC 3339 §5.6, as FUTURERELEASE and RRVS write it.</summary>
internal static class InternetTime
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public static bool TryParse(ReadOnlySpan<byte> octets, out DateTimeOffset time)
    {
        time = default;
        if (octets.Length is < 20 or > 33 || !Ascii.IsValid(octets))
            return false;
        var text = Encoding.ASCII.GetString(octets).ToUpperInvariant();
        if (text.EndsWith('Z'))
            text = text[..^1] + "+00:00";
        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
