using System.Globalization;
using System.Net;

namespace Smtpd.Server.Settings;

/// <summary>Where a listener binds: <c>host:port</c>, <c>:port</c> (all addresses) or <c>unix:/path</c>.</summary>
internal sealed record ListenAddress(string Host, int Port, string? UnixPath)
{
    public const string Syntax = "host:port, [ipv6]:port, :port or unix:/path";

    /// <summary>Reached from this machine only. A name counts when it is <c>localhost</c>: what another one resolves to may change.</summary>
    public bool IsLoopback => UnixPath is not null
        || Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new("", 0, null);
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            string path = text["unix:".Length..];
            address = address with { UnixPath = path };
            return path.StartsWith('/');
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(text.AsSpan(colon + 1), out int port))
            return false;
        string host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!host.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(host, out _))
                return false;
        }
        else if (host.Length > 0 && Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false; // also an IPv6 address without brackets: where its port starts would be a guess
        }

        address = new(host, port, null);
        return true;
    }

    public override string ToString()
    {
        if (UnixPath is not null)
            return "unix:" + UnixPath;
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
    }

    private static bool TryParsePort(ReadOnlySpan<char> digits, out int port) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
}
