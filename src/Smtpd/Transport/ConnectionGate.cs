using System.Net;
using System.Net.Sockets;

namespace Smtpd.Transport;

/// <summary>Counts connections, in all and by address, and lets no more in than the limits say.</summary>
internal sealed class ConnectionGate(SmtpLimits limits)
{
    private const long RateWindow = 60_000;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, int> byAddress = [];
    // New connections in the current minute. Emptied with the minute, so it never holds more than one minute brings.
    private readonly Dictionary<UInt128, int> newByAddress = [];
    private long window;
    private int total;

    /// <summary>Lets a connection in.</summary>
    /// <param name="counted">The address that it counts for; null for none, such as a proxy's, behind which are many clients.</param>
    /// <param name="now">Milliseconds of the heartbeat.</param>
    public bool TryEnter(EndPoint? counted, long now)
    {
        lock (gate)
        {
            if (total >= limits.Connections || !TryCount(Key(counted), now))
                return false;
            total++;
            return true;
        }
    }

    /// <summary>A connection that was let in counts for another address from now on. When there is no room it keeps counting for the old one.</summary>
    public bool TryMove(EndPoint? from, EndPoint? to, long now)
    {
        lock (gate)
        {
            if (!TryCount(Key(to), now))
                return false;
            Discount(Key(from));
            return true;
        }
    }

    public void Leave(EndPoint? counted)
    {
        lock (gate)
        {
            total--;
            Discount(Key(counted));
        }
    }

    private bool TryCount(UInt128? key, long now)
    {
        if (key is not { } known)
            return true;
        var count = byAddress.GetValueOrDefault(known);
        if (count >= limits.ConnectionsPerAddress || !TryCountNew(known, now))
            return false;
        byAddress[known] = count + 1;
        return true;
    }

    private bool TryCountNew(UInt128 key, long now)
    {
        if (limits.NewConnectionsPerAddress == int.MaxValue)
            return true;
        if (now - window >= RateWindow)
        {
            newByAddress.Clear();
            window = now;
        }

        var count = newByAddress.GetValueOrDefault(key) + 1;
        newByAddress[key] = count;
        return count <= limits.NewConnectionsPerAddress;
    }

    private void Discount(UInt128? key)
    {
        if (key is not { } known)
            return;
        var count = byAddress[known] - 1;
        if (count == 0)
            byAddress.Remove(known);
        else
            byAddress[known] = count;
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
