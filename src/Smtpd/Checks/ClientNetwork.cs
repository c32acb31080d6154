using System.Net;
using System.Net.Sockets;

namespace Smtpd.Checks;

/// <summary>The part of an address that one customer has: what lists and limits that a client should not slip out of must look at.</summary>
internal static class ClientNetwork
{
    /// <summary>The address itself in IPv4, the /64 in IPv6; null for a client without an address.</summary>
    public static string? Of(EndPoint? client) => Of(client, bitsOfIPv4: 32);

    /// <summary>The network of so many bits in IPv4, the /64 in IPv6.</summary>
    public static string? Of(EndPoint? client, int bitsOfIPv4)
    {
        if (client is not IPEndPoint { Address: var address })
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var octets = address.GetAddressBytes();
        octets.AsSpan(address.AddressFamily == AddressFamily.InterNetworkV6 ? 8 : bitsOfIPv4 / 8).Clear();
        return new IPAddress(octets).ToString();
    }
}
