using System.Buffers;
using System.Text;

namespace Smtpd.Server.Reading;

/// <summary>Whether a shown message may fetch pictures and fonts from its sender, who learns by it that it is read.</summary>
internal enum RemoteContent { Blocked, Allowed }

/// <summary>Decides which addresses a shown message may load or link to, and remembers what it asked for.</summary>
internal sealed class RemoteLoads(RemoteContent remote, Func<string, string?>? contentUrl)
{
    /// <summary>Transparent, one by one: the room of a picture stays as its width and height say.</summary>
    public const string EmptyPicture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

    private const int MaximumHosts = 100;

    private static readonly string[] s_pictures = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,", "data:image/gif;base64,", "data:image/webp;base64,"];

    private static readonly SearchValues<char> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    private readonly SortedSet<string> _hosts = new(StringComparer.Ordinal);

    /// <summary>What would have been fetched.</summary>
    public int Blocked { get; private set; }

    /// <summary>Something to click on would have run a script.</summary>
    public bool HadScripts { get; private set; }

    /// <summary>From which hosts it would be fetched, at most a hundred.</summary>
    public IReadOnlyCollection<string> Hosts => _hosts;

    /// <summary>The address to load, or null when nothing may be. <paramref name="isBlocked"/>: only because remote content is off.</summary>
    public string? Load(string url, out bool isBlocked)
    {
        isBlocked = false;
        var address = Trimmed(url, " \"'<>`()\\");
        if (address is null)
            return null;
        if (address.StartsWith("cid:", StringComparison.OrdinalIgnoreCase))
            return contentUrl?.Invoke(Uri.UnescapeDataString(address[4..]));
        if (address.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return Picture(address);
        if (Web(address) is not string web)
            return null;
        if (Uri.TryCreate(web, UriKind.Absolute, out var uri) && uri.IdnHost.Length > 0 && _hosts.Count < MaximumHosts)
            _hosts.Add(uri.IdnHost);
        isBlocked = remote == RemoteContent.Blocked;
        Blocked += isBlocked ? 1 : 0;
        return isBlocked ? null : web;
    }

    /// <summary>The address that a link leads to, or null when it may lead nowhere: http, https, mailto, tel, or a place on the page.</summary>
    public string? Link(string url)
    {
        var address = Trimmed(url, " \"<>`\\");
        if (address is null)
            return null;
        HadScripts |= address.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) || address.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase);
        return address.StartsWith('#') || address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) || address.StartsWith("tel:", StringComparison.OrdinalIgnoreCase) ? address : Web(address);
    }

    private static string? Web(string address) => address switch
    {
        ['/', '/', ..] => "https://" + address[2..],
        _ when address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) => address,
        _ => null,
    };

    private static string? Picture(string address)
    {
        var compact = address.Replace("%20", "", StringComparison.Ordinal);
        var type = Array.Find(s_pictures, each => compact.StartsWith(each, StringComparison.OrdinalIgnoreCase));
        return type is not null && !compact.AsSpan(type.Length).ContainsAnyExcept(s_base64) ? type + compact[type.Length..] : null;
    }

    // As URL parsers do: blanks at the ends go, line breaks and tabs anywhere. What could end a string of CSS or an attribute is escaped. Other controls: no address.
    private static string? Trimmed(string url, string escaped)
    {
        StringBuilder address = new(url.Length);
        foreach (var each in url.AsSpan().Trim())
        {
            if (each is '\t' or '\r' or '\n' || (each <= ' ' && address.Length == 0))
                continue;
            if (char.IsControl(each))
                return null;
            if (escaped.Contains(each, StringComparison.Ordinal))
                address.Append('%').Append(((int)each).ToString("X2", null));
            else
                address.Append(each);
        }

        return address.Length == 0 ? null : address.ToString();
    }
}
