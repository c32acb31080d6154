using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Smtpd.Server.Http;

/// <summary>
/// Keys in the addresses of a mail's images. The HTML of a mail is shown in a sandbox, whose requests carry no credentials and look like another site's: the key says that we have
/// written the address ourselves. It opens one attachment, and lasts one to two hours.
/// </summary>
internal sealed class ContentKeys(TimeProvider clock)
{
    public const string Parameter = "key";
    private const long LifetimeSeconds = 3600;

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>The path with its key.</summary>
    public string Sign(string path) => $"{path}?inline=1&{Parameter}={Make(path, Period)}";

    /// <summary>Whether the request shows the key of its own path.</summary>
    public bool Opens(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Query[Parameter] is not [string key] || request.Path.Value is not string path)
            return false;
        return IsEqual(key, Make(path, Period)) | IsEqual(key, Make(path, Period - 1));
    }

    private long Period => clock.GetUtcNow().ToUnixTimeSeconds() / LifetimeSeconds;

    private string Make(string path, long period) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{period} {path}"))).AsSpan(0, 16));

    private static bool IsEqual(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
