using System.Globalization;
using System.Net;
using System.Text;
using Smtpd.Addresses;

namespace Smtpd.Commands;

/// <summary>The <c>NAME=value</c> list of XCLIENT and XFORWARD: values in xtext, <c>[UNAVAILABLE]</c> and <c>[TEMPUNAVAIL]</c> for what is not known.</summary>
internal sealed class ProxyAttributes
{
    // The longest value that Postfix itself sends or takes.
    private const int LongestValue = 255;

    private readonly Dictionary<string, string?> values = new(StringComparer.Ordinal);

    /// <summary>Reads the list; every name must be one of <paramref name="names"/> and come once.</summary>
    public static ProxyAttributes? Parse(ReadOnlySpan<byte> text, string[] names)
    {
        var attributes = new ProxyAttributes();
        foreach (var range in text.Split((byte)' '))
        {
            var attribute = text[range];
            if (attribute.IsEmpty)
                continue;
            // The first "=" only: nothing else in xtext may be one, but a sender that forgets to encode must not shift the parts.
            var equals = attribute.IndexOf((byte)'=');
            if (equals <= 0 || !Ascii.IsValid(attribute[..equals]))
                return null;
            var name = Encoding.ASCII.GetString(attribute[..equals]).ToUpperInvariant();
            if (!names.Contains(name, StringComparer.Ordinal) || !Xtext.TryDecode(attribute[(equals + 1)..], out var value) || value.Length > LongestValue)
                return null;
            var isKnown = value.Length > 0
                && !value.Equals("[UNAVAILABLE]", StringComparison.OrdinalIgnoreCase) && !value.Equals("[TEMPUNAVAIL]", StringComparison.OrdinalIgnoreCase);
            if (!attributes.values.TryAdd(name, isKnown ? value : null))
                return null;
        }

        return attributes.values.Count > 0 ? attributes : null;
    }

    /// <summary>Whether the attribute was given, be its value known or not.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    public string? Text(string name) => values.GetValueOrDefault(name);

    /// <summary>An address, in IPv6 behind <c>IPV6:</c>.</summary>
    public bool TryGetAddress(string name, out IPAddress? address)
    {
        address = null;
        if (Text(name) is not { } text)
            return true;
        if (text.StartsWith("IPV6:", StringComparison.OrdinalIgnoreCase))
            return IPAddressText.TryParseV6(text[5..], out address);
        // Some leave the prefix out.
        return IPAddressText.TryParseV4(text, out address) || IPAddressText.TryParseV6(text, out address);
    }

    public bool TryGetPort(string name, out int? port)
    {
        port = null;
        if (Text(name) is not { } text)
            return true;
        var isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        port = number;
        return isPort;
    }
}
