using System.Net;
using System.Net.Sockets;

namespace Smtpd.Server.Mailboxes;

/// <summary>Counts what an address does within a time. Bounded: attackers have many addresses. Thread-safe.</summary>
internal sealed class AttemptCounter(int limit, TimeSpan window, TimeProvider clock)
{
    private const int MaximumAddresses = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, Attempts> addresses = [];

    /// <summary>Counts an attempt, before anybody knows how it ends: those that run at the same time count too.</summary>
    /// <param name="address"><c>null</c> stands for all that tell no address.</param>
    /// <returns>False when the address had its share; then nothing was counted.</returns>
    public bool TryBegin(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (gate)
        {
            if (addresses.TryGetValue(key, out var attempts) && !IsPast(attempts))
            {
                if (attempts.Number >= limit)
                    return false;
                addresses[key] = attempts with { Number = attempts.Number + 1 };
                return true;
            }

            if (addresses.Count >= MaximumAddresses)
                MakeRoom();
            addresses[key] = new(clock.GetTimestamp(), 1);
            return true;
        }
    }

    /// <summary>Whether the address had its share. Counts nothing.</summary>
    public bool IsOver(IPAddress? address)
    {
        lock (gate)
            return addresses.TryGetValue(KeyOf(address), out var attempts) && !IsPast(attempts) && attempts.Number >= limit;
    }

    /// <summary>The attempt was a good one and does not count.</summary>
    public void Forgive(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (gate)
        {
            if (addresses.TryGetValue(key, out var attempts) && attempts.Number > 0)
                addresses[key] = attempts with { Number = attempts.Number - 1 };
        }
    }

    private bool IsPast(Attempts attempts) => clock.GetElapsedTime(attempts.Since) >= window;

    private void MakeRoom()
    {
        foreach ((var address, var attempts) in addresses)
        {
            if (IsPast(attempts))
                addresses.Remove(address);
        }

        // All within the window: whoever has that many addresses is not held by this, and memory comes first.
        if (addresses.Count >= MaximumAddresses)
            addresses.Clear();
    }

    // A customer has a /64 of IPv6.
    private static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var octets = address.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new(octets);
    }

    private readonly record struct Attempts(long Since, int Number);
}
