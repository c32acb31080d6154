using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Smtpd.Addresses;

namespace Smtpd.Transport;

/// <summary>What a PROXY header says. Both addresses are null when the proxy speaks for itself, as in a health check, or does not know.</summary>
/// <param name="Source">The client.</param>
/// <param name="Destination">What the client connected to.</param>
internal readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination)
{
    private const int SignatureLength = 12;
    private const int BinaryHeaderLength = 16;

    // "PROXY TCP6 " with two addresses and two ports: 107 with CRLF, says the specification.
    private const int LongestText = 107;

    // The specification bounds it by 65,535 only. Proxies that tell of TLS and certificates send some hundred octets.
    private const int LongestBinary = 4096;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header of version 1 or 2 and not one octet more: what follows may be a TLS handshake.</summary>
    /// <returns>The header, or null when what came is none.</returns>
    public static async ValueTask<ProxyHeader?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[BinaryHeaderLength];
        if (!await FillAsync(stream, buffer.AsMemory(0, SignatureLength), cancellationToken).ConfigureAwait(false))
            return null;
        if (!buffer.AsSpan(0, SignatureLength).SequenceEqual(Signature))
            return await ReadTextAsync(stream, buffer.AsMemory(0, SignatureLength), cancellationToken).ConfigureAwait(false);

        if (!await FillAsync(stream, buffer.AsMemory(SignatureLength), cancellationToken).ConfigureAwait(false))
            return null;
        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(14));
        if (length > LongestBinary)
            return null;
        var addresses = new byte[length];
        return await FillAsync(stream, addresses, cancellationToken).ConfigureAwait(false)
            ? ParseBinary(buffer[SignatureLength], buffer[13], addresses)
            : null;
    }

    /// <summary>Version 1, without its CRLF.</summary>
    internal static ProxyHeader? ParseText(ReadOnlySpan<byte> line)
    {
        if (!Ascii.IsValid(line))
            return null;
        var parts = Encoding.ASCII.GetString(line).Split(' ');
        // Behind UNKNOWN anything may stand, and is to be ignored.
        if (parts is ["PROXY", "UNKNOWN", ..])
            return default(ProxyHeader);
        if (parts is not ["PROXY", "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort])
            return null;
        var isIPv6 = parts[1] is "TCP6";
        return TryParse(source, sourcePort, isIPv6, out var from) && TryParse(destination, destinationPort, isIPv6, out var to)
            ? new ProxyHeader(from, to)
            : null;
    }

    /// <summary>Version 2, behind the signature.</summary>
    internal static ProxyHeader? ParseBinary(byte versionAndCommand, byte familyAndProtocol, ReadOnlySpan<byte> addresses)
    {
        switch (versionAndCommand)
        {
            case 0x20: // LOCAL: a health check of the proxy's own
                return default(ProxyHeader);
            case 0x21 when familyAndProtocol == 0x11 && addresses.Length >= 12: // PROXY, TCP over IPv4
                return new ProxyHeader(Read(addresses, 0, 4, 8), Read(addresses, 4, 4, 10));
            case 0x21 when familyAndProtocol == 0x21 && addresses.Length >= 36: // PROXY, TCP over IPv6
                return new ProxyHeader(Read(addresses, 0, 16, 32), Read(addresses, 16, 16, 34));
            case 0x21 when familyAndProtocol is 0x00 or 0x31: // not specified, or a unix socket: the proxy does not know an address
                return default(ProxyHeader);
            default:
                return null;
        }
    }

    private static async ValueTask<ProxyHeader?> ReadTextAsync(Stream stream, ReadOnlyMemory<byte> beginning, CancellationToken cancellationToken)
    {
        if (!beginning.Span.StartsWith("PROXY "u8))
            return null;
        var line = new byte[LongestText];
        beginning.CopyTo(line);
        for (var length = beginning.Length; length < LongestText; length++)
        {
            if (line[length - 1] == '\n')
                return line[length - 2] == '\r' ? ParseText(line.AsSpan(0, length - 2)) : null;
            // Octet by octet: it is the rare version, and nothing behind the line may be taken.
            if (!await FillAsync(stream, line.AsMemory(length, 1), cancellationToken).ConfigureAwait(false))
                return null;
        }

        return line.AsSpan().EndsWith("\r\n"u8) ? ParseText(line.AsSpan(0, LongestText - 2)) : null;
    }

    private static async ValueTask<bool> FillAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken) =>
        await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) == buffer.Length;

    private static bool TryParse(string address, string port, bool isIPv6, out IPEndPoint? endPoint)
    {
        endPoint = null;
        var isAddress = isIPv6 ? IPAddressText.TryParseV6(address, out var parsed) : IPAddressText.TryParseV4(address, out parsed);
        // The specification forbids leading zeros in all of its numbers.
        if (!isAddress || port is ['0', _, ..] || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        endPoint = new IPEndPoint(parsed!, number);
        return true;
    }

    private static IPEndPoint Read(ReadOnlySpan<byte> addresses, int at, int length, int portAt)
    {
        var address = new IPAddress(addresses.Slice(at, length));
        return new IPEndPoint(
            address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, BinaryPrimitives.ReadUInt16BigEndian(addresses[portAt..]));
    }
}
