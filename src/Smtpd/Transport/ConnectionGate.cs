using System.Net;
using System.Net.Sockets;

namespace Smtpd.Transport;

/// <summary>Counts connections, in all and by address, and lets no more in than the limits say.</summary>
internal sealed class ConnectionGate(SmtpLimits limits)
{
    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, int> byAddress = [];
    private int total;

    public bool TryEnter(EndPoint? remote)
    {
        lock (gate)
        {
            if (total >= limits.Connections)
                return false;
            if (Key(remote) is { } key)
            {
                var count = byAddress.GetValueOrDefault(key);
                if (count >= limits.ConnectionsPerAddress)
                    return false;
                byAddress[key] = count + 1;
            }

            total++;
            return true;
        }
    }

    public void Leave(EndPoint? remote)
    {
        lock (gate)
        {
            total--;
            if (Key(remote) is not { } key)
                return;
            var count = byAddress[key] - 1;
            if (count == 0)
                byAddress.Remove(key);
            else
                byAddress[key] = count;
        }
    }

    /// <summary>An IPv4 address, or the /64 an IPv6 address is in; null for peers without an address.</summary>
    private static UInt128? Key(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        address.TryWriteBytes(octets, out _);
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets);
        // The lowest bit, which a /64 has cleared, keeps the two families apart.
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? value >> 64 << 64 : value | 1;
    }
}
