using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Smtpd.Server.Http;

/// <summary>
/// What a browser shows after somebody signed in: a cookie that says who it is and until when, signed with what only the server and that one know. So nothing is kept of it, every node knows it, and it ends when
/// the password changes.
/// </summary>
/// <param name="User">As it was written; the administrator's name for the administrator.</param>
internal sealed record BrowserSession(string User, DateTimeOffset Until)
{
    public const string CookieName = "smtpd_session";
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const int MaximumLength = 2048;

    /// <summary>The value of the cookie.</summary>
    public string Sign(ReadOnlySpan<byte> secret) => $"{Claim()}.{Convert.ToHexStringLower(SignatureOf(Claim(), secret))}";

    /// <summary>Reads a cookie, whose signature is to be checked by <see cref="IsSigned"/>.</summary>
    public static BrowserSession? Read(string cookie)
    {
        if (cookie.Length > MaximumLength || cookie.Split('.') is not [var user, var until, _])
            return null;
        if (!long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return null;
        try
        {
            return new(Encoding.UTF8.GetString(Convert.FromHexString(user)), DateTimeOffset.FromUnixTimeSeconds(seconds));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public bool IsSigned(string cookie, ReadOnlySpan<byte> secret)
    {
        var signature = cookie[(cookie.LastIndexOf('.') + 1)..];
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SignatureOf(Claim(), secret))));
    }

    private string Claim() => string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(User))}.{Until.ToUnixTimeSeconds()}");

    // The secret serves other ends too: the purpose keeps them apart.
    private static byte[] SignatureOf(string claim, ReadOnlySpan<byte> secret) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("smtpd browser session\n" + claim));
}
