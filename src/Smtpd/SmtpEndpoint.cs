using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Smtpd;

/// <summary>An address to listen on.</summary>
public sealed class SmtpEndpoint
{
    /// <summary>Listens on <paramref name="endPoint"/>; port 0 lets the system choose.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
    /// <exception cref="ArgumentException">It is of another kind.</exception>
    public SmtpEndpoint(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is not (IPEndPoint or UnixDomainSocketEndPoint))
            throw new ArgumentException("An endpoint is an IPEndPoint or a UnixDomainSocketEndPoint.", nameof(endPoint));
        EndPoint = endPoint;
    }

    /// <summary>The address. <c>[::]</c> takes IPv4 connections too.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>When connections are under TLS. Default: when they ask for it, if <see cref="SmtpServerOptions.Tls"/> is set; otherwise never.</summary>
    public SmtpTlsMode? Tls { get; init; }

    /// <summary>Whether LMTP (RFC 2033) is spoken instead of SMTP. Default false.</summary>
    public bool IsLmtp { get; init; }

    /// <summary>Whether every connection begins with a PROXY header, version 1 or 2, from one of <see cref="SmtpServerOptions.Proxies"/>. Default false.</summary>
    public bool ExpectsProxyHeader { get; init; }

    /// <summary>Whether mail is taken only after AUTH, as on a submission port (RFC 6409). Default: as <see cref="SmtpAuthentication.Required"/> says.</summary>
    public bool? RequiresAuthentication { get; init; }

    /// <summary>Who may open a unix socket; null leaves it to the process's umask. On Linux writing is what counts.</summary>
    public UnixFileMode? SocketMode { get; init; }

    /// <summary>Reads <c>127.0.0.1:2525</c>, <c>[::1]:2525</c>, <c>localhost:2525</c>, <c>:2525</c> (every address) or <c>unix:/path</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static SmtpEndpoint Parse(string text) => TryParse(text, out var endpoint)
        ? endpoint
        : throw new FormatException($"\"{text}\" is no address to listen on. Write host:port with an IP address or localhost, :port for every address, or unix:/path.");

    /// <summary>Reads what <see cref="Parse"/> reads.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SmtpEndpoint? endpoint)
    {
        endpoint = null;
        if (text is null)
            return false;
        if (text.StartsWith("unix:/", StringComparison.Ordinal))
        {
            // sun_path has 108 octets, one of which ends it.
            if (text.Length - 5 > 107)
                return false;
            endpoint = new SmtpEndpoint(new UnixDomainSocketEndPoint(text[5..]));
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;
        var address = ParseHost(text[..colon]);
        if (address is not null)
            endpoint = new SmtpEndpoint(new IPEndPoint(address, port));
        return endpoint is not null;
    }

    /// <summary>The form <see cref="Parse"/> reads.</summary>
    public override string ToString() => EndPoint is UnixDomainSocketEndPoint ? $"unix:{EndPoint}" : EndPoint.ToString()!;

    private static IPAddress? ParseHost(string host)
    {
        if (host.Length == 0)
            return IPAddress.IPv6Any;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return IPAddress.Loopback;
        var isBracketed = host is ['[', .., ']'];
        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address)
            && address.AddressFamily == (isBracketed ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork)
            ? address
            : null;
    }
}
