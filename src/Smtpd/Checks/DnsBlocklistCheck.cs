using System.Net;
using System.Net.Sockets;

namespace Smtpd;

/// <summary>A list of addresses that is asked by DNS (RFC 5782), or in another way.</summary>
public interface IDnsBlocklist
{
    /// <summary>What the list is called in the refusal, such as <c>zen.example.org</c>.</summary>
    string Name { get; }

    /// <summary>Whether the address is listed. A list that cannot be asked lists nobody.</summary>
    ValueTask<bool> IsListedAsync(IPAddress address, CancellationToken cancellationToken);
}

/// <summary>A list in memory.</summary>
/// <param name="name">What the list is called in the refusal.</param>
/// <param name="networks">Who is listed.</param>
public sealed class InMemoryBlocklist(string name, params IEnumerable<IPNetwork> networks) : IDnsBlocklist
{
    private readonly IPNetwork[] networks = [.. networks];

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<bool> IsListedAsync(IPAddress address, CancellationToken cancellationToken) => new(Array.Exists(networks, network => network.Contains(address)));
}

/// <summary>Refuses clients that a blocklist lists, with 554 5.7.1 in the place of the greeting. Loopback, private and link-local addresses are not asked about.</summary>
/// <param name="blocklist">The list.</param>
public sealed class DnsBlocklistCheck(IDnsBlocklist blocklist) : SmtpCheck
{
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    /// <inheritdoc/>
    public override async ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || AddressListCheck.Contains(NotPublic, connection.RemoteEndPoint))
            return SmtpReply.Continue;
        return await blocklist.IsListedAsync(address, cancellationToken).ConfigureAwait(false)
            ? new SmtpReply(554, new(5, 7, 1), $"Client [{address}] is listed by {blocklist.Name}").AndClose()
            : SmtpReply.Continue;
    }
}
