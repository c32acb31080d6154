using System.Globalization;
using System.Net;

namespace Smtpd.Server.Settings;

/// <summary>Where a listener binds: <c>host:port</c>, <c>:port</c> (all addresses), <c>unix:/path</c>, or for SMTP a socket that systemd has bound.</summary>
internal sealed record ListenAddress(string Host, int Port, string? UnixPath)
{
    public const string Syntax = "host:port with an IP address or localhost, :port for every address, or unix:/path";
    public const string SmtpSyntax = Syntax + ", or systemd or systemd:NAME for sockets passed by systemd; +proxy behind it where a PROXY header comes first";

    private const string Systemd = "systemd";
    private const string ProxySuffix = "+proxy";

    /// <summary>For sockets that systemd passes: their name, or an empty text for all of them. <c>null</c> for one to bind.</summary>
    public string? SystemdName { get; private init; }

    /// <summary>Whether each connection begins with a PROXY header.</summary>
    public bool ExpectsProxyHeader { get; private init; }

    /// <summary>Reached from this machine only. A unix socket counts; what systemd has bound is known only when it is there.</summary>
    public bool IsLoopback => UnixPath is not null
        || SystemdName is not null
        || IsLocalhost(Host)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Reads <see cref="SmtpSyntax"/>.</summary>
    public static bool TryParseSmtp(string text, out ListenAddress address)
    {
        var expectsProxyHeader = text.EndsWith(ProxySuffix, StringComparison.OrdinalIgnoreCase);
        var plain = expectsProxyHeader ? text[..^ProxySuffix.Length] : text;
        var isSystemd = plain is Systemd || plain.StartsWith(Systemd + ":", StringComparison.Ordinal);
        address = new("", 0, null) { SystemdName = isSystemd ? plain[Systemd.Length..].TrimStart(':') : null };
        if (!isSystemd && !TryParse(plain, out address))
            return false;
        address = address with { ExpectsProxyHeader = expectsProxyHeader };
        return true;
    }

    /// <summary>Reads <see cref="Syntax"/>.</summary>
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

    /// <summary>Where to bind, without what is to be spoken there.</summary>
    public string Place
    {
        get
        {
            if (UnixPath is not null)
                return "unix:" + UnixPath;
            var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            return string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
        }
    }

    public override string ToString() =>
        (SystemdName switch { null => Place, "" => Systemd, var name => $"{Systemd}:{name}" }) + (ExpectsProxyHeader ? ProxySuffix : "");

    private static bool IsLocalhost(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static bool TryParsePort(ReadOnlySpan<char> digits, out int port) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
}
