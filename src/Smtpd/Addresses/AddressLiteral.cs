using System.Text;

namespace Smtpd.Addresses;

/// <summary>Address literals (RFC 5321 §4.1.3): <c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c>, <c>[tag:content]</c>.</summary>
internal static class AddressLiteral
{
    private const int Longest = 255;

    /// <summary>The length of the literal at the start of <paramref name="input"/>, which begins with a bracket, with both of them; or 0 when it is none.</summary>
    public static int Length(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf((byte)']');
        if (end is < 2 or >= Longest)
            return 0;
        var content = input[1..end];
        var colon = content.IndexOf((byte)':');
        var valid = colon < 0
            ? IsIPv4(content)
            : Ascii.EqualsIgnoreCase(content[..colon], "IPv6"u8) ? Ascii.IsValid(content) && IPAddressText.TryParseV6(Encoding.ASCII.GetString(content[(colon + 1)..]), out _) : IsGeneral(content[..colon], content[(colon + 1)..]);
        return valid ? end + 1 : 0;
    }

    private static bool IsIPv4(ReadOnlySpan<byte> text)
    {
        var numbers = 0;
        foreach (var range in text.Split((byte)'.'))
        {
            // IPAddress.Parse takes "1.2", octal and hexadecimal; Snum is one to three decimal digits.
            var number = text[range];
            if (++numbers > 4 || number.Length is 0 or > 3 || number.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
                || !byte.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _))
            {
                return false;
            }
        }

        return numbers == 4;
    }

    /// <summary>Standardized-tag ":" 1*dcontent.</summary>
    private static bool IsGeneral(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> content)
    {
        if (tag.IsEmpty || content.IsEmpty || tag[^1] == '-')
            return false;
        foreach (var octet in tag)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '-')
                return false;
        }

        return content.IndexOfAnyExceptInRange((byte)33, (byte)126) < 0 && content.IndexOfAny("[\\"u8) < 0;
    }
}
