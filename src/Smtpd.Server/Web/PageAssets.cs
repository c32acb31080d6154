using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Smtpd.Server.Web;

/// <summary>The files of the page. They are part of the assembly, each also compressed by the build.</summary>
internal sealed class PageAssets
{
    private const string Prefix = "web/";
    private const string Entry = "index.html";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".json"] = "application/json",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, PageAsset> byPath;

    public PageAssets()
    {
        var assembly = typeof(PageAssets).Assembly;
        var names = assembly.GetManifestResourceNames().Where(each => each.StartsWith(Prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        byPath = names.Where(each => Path.GetExtension(each) is not (".br" or ".gz"))
            .ToFrozenDictionary(each => each[Prefix.Length..], each => new PageAsset(assembly, each, names), StringComparer.Ordinal);
    }

    /// <summary>
    /// The file of a path; the page itself for the places that it shows: <c>/</c>, <c>/all…</c> and <c>/mailboxes…</c>. <c>null</c> for what is none of them, or when the program was built without
    /// the page.
    /// </summary>
    public PageAsset? Find(PathString path)
    {
        var name = (path.Value ?? "/").TrimStart('/');
        if (name.Length > 0 && byPath.TryGetValue(name, out var found))
            return found;
        return name.Length == 0 || path.StartsWithSegments("/all", StringComparison.Ordinal) || path.StartsWithSegments("/mailboxes", StringComparison.Ordinal)
            ? byPath.GetValueOrDefault(Entry)
            : null;
    }

    public static string ContentTypeOf(string name) => ContentTypes.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
}

/// <summary>A file of the page, read when it is asked for first and kept: all of them are some hundred kilobytes.</summary>
internal sealed class PageAsset(Assembly assembly, string resource, IReadOnlySet<string> resources)
{
    private readonly Lazy<(byte[] Octets, string Tag)> plain = new(() => Read(assembly, resource));
    private readonly Lazy<(byte[] Octets, string Tag)>? brotli = Variant(assembly, resource + ".br", resources);
    private readonly Lazy<(byte[] Octets, string Tag)>? gzip = Variant(assembly, resource + ".gz", resources);

    public string ContentType { get; } = PageAssets.ContentTypeOf(resource);

    /// <summary>Whether its name changes with its content, so that nobody needs to ask for it again.</summary>
    public bool IsImmutable { get; } = resource.StartsWith("web/assets/", StringComparison.Ordinal);

    /// <summary>What the page itself is, whose policy holds for all that it loads.</summary>
    public bool IsDocument { get; } = resource.EndsWith(".html", StringComparison.Ordinal);

    /// <summary>The smallest form that the client reads.</summary>
    public (byte[] Octets, string Tag, string? Encoding) For(string acceptEncoding)
    {
        if (brotli is not null && Accepts(acceptEncoding, "br"))
            return (brotli.Value.Octets, brotli.Value.Tag, "br");
        if (gzip is not null && Accepts(acceptEncoding, "gzip"))
            return (gzip.Value.Octets, gzip.Value.Tag, "gzip");
        return (plain.Value.Octets, plain.Value.Tag, null);
    }

    // RFC 9110, 12.5.3. A weight of nothing is a refusal; other weights are not weighed: whoever reads both gets the smaller one.
    private static bool Accepts(string header, string encoding)
    {
        foreach (var range in header.AsSpan().Split(','))
        {
            var each = header.AsSpan()[range];
            var semicolon = each.IndexOf(';');
            var name = (semicolon < 0 ? each : each[..semicolon]).Trim();
            var weight = semicolon < 0 ? [] : each[(semicolon + 1)..].Trim();
            if (name.Equals(encoding, StringComparison.OrdinalIgnoreCase))
                return !weight.StartsWith("q=0", StringComparison.OrdinalIgnoreCase) || weight.IndexOfAnyInRange('1', '9') >= 0;
        }

        return false;
    }

    private static Lazy<(byte[] Octets, string Tag)>? Variant(Assembly assembly, string name, IReadOnlySet<string> resources) =>
        resources.Contains(name) ? new(() => Read(assembly, name)) : null;

    private static (byte[] Octets, string Tag) Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var octets = new byte[stream.Length];
        stream.ReadExactly(octets);
        return (octets, $"\"{Convert.ToHexStringLower(SHA256.HashData(octets).AsSpan(0, 12))}\"");
    }
}
