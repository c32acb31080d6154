using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Smtpd.Authentication;
using Smtpd.Text;

namespace Smtpd;

/// <summary>What a server keeps instead of a password: salt, iteration count, stored key and server key of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677).</summary>
/// <remarks>
/// It checks a password and serves SCRAM, and does not hold the password. It is not public all the same: who has it can try passwords against it, and can
/// pose as this server to a client of SCRAM.
/// </remarks>
public sealed class ScramVerifier
{
    /// <summary>The iterations of <see cref="Create(string, int)"/>: 15 000.</summary>
    // RFC 7677 §4 asks for at least 4096 and for about a tenth of a second of the client's time, which it puts at 15 000. With SCRAM it is the client that
    // pays; with PLAIN and LOGIN the server does, some 5 ms of a core for each attempt, so that a flood of attempts cannot buy much more. Passwords that
    // people choose and that protect much deserve more; made-up ones of 128 bits need none at all.
    public const int DefaultIterations = 15_000;

    internal const int SaltOctets = 16;
    internal const int KeyOctets = SHA256.HashSizeInBytes;

    private const string Scheme = "SCRAM-SHA-256";

    private readonly byte[] salt;
    private readonly byte[] storedKey;
    private readonly byte[] serverKey;

    internal ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey)
    {
        Iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /// <summary>How often the password is hashed.</summary>
    public int Iterations { get; }

    /// <summary>The salt.</summary>
    public ReadOnlyMemory<byte> Salt => salt;

    /// <summary>The hash of the client's key, which proves the client.</summary>
    internal ReadOnlySpan<byte> StoredKey => storedKey;

    /// <summary>The key that proves the server.</summary>
    internal ReadOnlySpan<byte> ServerKey => serverKey;

    /// <summary>Makes the verifier of a password, with a new salt of 16 octets.</summary>
    /// <param name="password">The password; prepared by SASLprep (RFC 4013).</param>
    /// <param name="iterations">How often to hash; see <see cref="DefaultIterations"/>. RFC 7677 asks for 4096 at least.</param>
    /// <exception cref="ArgumentException">The password is empty or holds characters that SASLprep prohibits, such as control characters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 4096 iterations.</exception>
    public static ScramVerifier Create(string password, int iterations = DefaultIterations)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 4096);
        if (!SaslPrep.TryPrepare(password, out var prepared))
            throw new ArgumentException("A password must not be empty, nor hold control or other characters that SASLprep (RFC 4013) prohibits.", nameof(password));
        var octets = StrictUtf8.Encoding.GetBytes(prepared);
        try
        {
            return Derive(octets, RandomNumberGenerator.GetBytes(SaltOctets), iterations);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>Reads the text that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is not such a text. The message does not repeat it.</exception>
    public static ScramVerifier Parse(string text) =>
        TryParse(text, out var verifier) ? verifier : throw new FormatException("This is no SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>.");

    /// <summary>Reads the text that <see cref="ToString"/> writes.</summary>
    /// <returns>False when it is not such a text.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ScramVerifier? verifier)
    {
        verifier = null;
        if (text?.Split('$') is not [Scheme, var head, var keys] || head.Split(':') is not [var count, var saltText] || keys.Split(':') is not [var stored, var server])
            return false;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations < 1
            || !StrictBase64.TryDecode(saltText, out var salt) || salt.Length == 0
            || !StrictBase64.TryDecode(stored, out var storedKey) || storedKey.Length != KeyOctets
            || !StrictBase64.TryDecode(server, out var serverKey) || serverKey.Length != KeyOctets)
        {
            return false;
        }

        verifier = new ScramVerifier(iterations, salt, storedKey, serverKey);
        return true;
    }

    /// <summary>Whether this is the password. Takes as long for every password, a few milliseconds; see <see cref="DefaultIterations"/>.</summary>
    public bool Verify(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        var octets = SaslPrep.TryPrepare(password, out var prepared) ? StrictUtf8.Encoding.GetBytes(prepared) : [];
        try
        {
            // A password that cannot be anybody's costs the same.
            return Matches(octets) & octets.Length > 0;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>The form to keep: <c>SCRAM-SHA-256$&lt;iterations&gt;:&lt;salt&gt;$&lt;StoredKey&gt;:&lt;ServerKey&gt;</c> with base64 (RFC 5803), as PostgreSQL keeps it too.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Scheme}${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}");

    /// <summary>As <see cref="Verify(string)"/>, for octets of a peer. ASCII, which is its own preparation, never becomes a string that could not be overwritten.</summary>
    internal bool Verify(ReadOnlySpan<byte> password)
    {
        if (password.Length > 0 && password.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0)
            return Matches(password);
        return StrictUtf8.TryDecode(password, out var text) ? Verify(text) : Verify(string.Empty);
    }

    private bool Matches(ReadOnlySpan<byte> prepared)
    {
        var tried = Derive(prepared, salt, Iterations);
        return CryptographicOperations.FixedTimeEquals(tried.storedKey, storedKey);
    }

    private static ScramVerifier Derive(ReadOnlySpan<byte> prepared, byte[] salt, int iterations)
    {
        Span<byte> salted = stackalloc byte[KeyOctets];
        Span<byte> clientKey = stackalloc byte[KeyOctets];
        Rfc2898DeriveBytes.Pbkdf2(prepared, salt, salted, iterations, HashAlgorithmName.SHA256);
        HMACSHA256.HashData(salted, "Client Key"u8, clientKey);
        var verifier = new ScramVerifier(iterations, salt, SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(clientKey);
        return verifier;
    }
}
