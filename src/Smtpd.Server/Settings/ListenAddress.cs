using System.Globalization;
using System.Net;

namespace Smtpd.Server.Settings;

/// <summary>Where a listener binds: <c>host:port</c>, <c>:port</c> (all addresses) or <c>unix:/path</c>.</summary>
internal sealed record ListenAddress(string Host, int Port, string? UnixPath)
{
    public const string Syntax = "host:port with an IP address or localhost, :port for every address, or unix:/path";

    /// <summary>Reached from this machine only. A unix socket counts.</summary>
    public bool IsLoopback => UnixPath is not null
        || IsLocalhost(Host)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new("", 0, null);
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            var path = text["unix:".Length..];
            address = address with { UnixPath = path };
            return path.StartsWith('/');
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(text.AsSpan(colon + 1), out var port))
            return false;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!host.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(host, out _))
                return false;
        }
        else if (host.Length > 0 && !IsLocalhost(host) && Uri.CheckHostName(host) != UriHostNameType.IPv4)
        {
            // Other names stand for whatever a resolver says today; an IPv6 address without brackets leaves open where its port begins.
            return false;
        }

        address = new(host, port, null);
        return true;
    }

    public override string ToString()
    {
        if (UnixPath is not null)
            return "unix:" + UnixPath;
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
    }

    private static bool IsLocalhost(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static bool TryParsePort(ReadOnlySpan<char> digits, out int port) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
}
