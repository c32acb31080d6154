using System.Net;

namespace Smtpd;

/// <summary>Refuses connections by the client's address, in the place of the greeting.</summary>
public sealed class AddressListCheck : SmtpCheck
{
    private readonly IPNetwork[] networks;
    private readonly bool isAllowList;

    private AddressListCheck(IEnumerable<IPNetwork> networks, bool isAllowList)
    {
        ArgumentNullException.ThrowIfNull(networks);
        this.networks = [.. networks];
        this.isAllowList = isAllowList;
    }

    /// <summary>What refused clients are told. Default <see cref="SmtpReply.ConnectionRefused"/>.</summary>
    public SmtpReply Refusal { get; init; } = SmtpReply.ConnectionRefused;

    /// <summary>Refuses the clients in these networks.</summary>
    public static AddressListCheck Deny(params IEnumerable<IPNetwork> networks) => new(networks, isAllowList: false);

    /// <summary>Refuses all clients but those in these networks. A client without an IP address, such as one on a unix socket, is in none.</summary>
    public static AddressListCheck AllowOnly(params IEnumerable<IPNetwork> networks) => new(networks, isAllowList: true);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnConnectedAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return new(Contains(networks, connection.RemoteEndPoint) == isAllowList ? SmtpReply.Continue : Refusal);
    }

    internal static bool Contains(IPNetwork[] networks, EndPoint? client) =>
        client is IPEndPoint { Address: var address } && Array.Exists(networks, network => network.Contains(address));
}
