using System.Net;
using System.Net.Sockets;

namespace Smtpd;

/// <summary>The proxies in front of the server that are believed when they say who their client is.</summary>
public sealed class SmtpProxies
{
    /// <summary>Their addresses. Default: nobody.</summary>
    public IList<IPNetwork> Trusted { get; } = [];

    /// <summary>Whether peers on a unix socket are trusted: whoever may open the socket may say anything. Default false.</summary>
    public bool TrustUnixSockets { get; set; }

    /// <summary>Whether trusted peers are offered XCLIENT. Default true.</summary>
    public bool XClient { get; set; } = true;

    /// <summary>Whether trusted peers are offered XFORWARD. Default true.</summary>
    public bool XForward { get; set; } = true;

    internal bool Trusts(EndPoint? peer) => peer switch
    {
        IPEndPoint ip => Trusted.Any(network => network.Contains(ip.Address)),
        UnixDomainSocketEndPoint => TrustUnixSockets,
        _ => false,
    };
}
