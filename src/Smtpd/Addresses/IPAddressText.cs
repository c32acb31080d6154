using System.Net;

namespace Smtpd.Addresses;

/// <summary>IP addresses written as they are everywhere: dotted decimal, or RFC 4291 §2.2. <see cref="IPAddress.TryParse(string, out IPAddress)"/> takes much more.</summary>
internal static class IPAddressText
{
    /// <summary>Four decimal numbers without leading zeros, which some read as octal.</summary>
    public static bool TryParseV4(string text, out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.ToString().Equals(text, StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal);

    /// <summary>An IPv6 address without brackets, port or zone; one that maps an IPv4 address is that address.</summary>
    public static bool TryParseV6(string text, out IPAddress? address)
    {
        address = null;
        if (!text.Contains(':', StringComparison.Ordinal) || !text.All(static c => char.IsAsciiHexDigit(c) || c is ':' or '.') || !IPAddress.TryParse(text, out var parsed))
            return false;
        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }
}
