using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary>Why somebody is not let in.</summary>
internal enum LoginFailure
{
    None,

    /// <summary>No credentials were shown, and some are needed.</summary>
    Missing,
    Wrong,

    /// <summary>The address has failed too often.</summary>
    HeldOff,
}

/// <summary>
/// Checks what a request shows in <c>Authorization</c>: the administrator's token, as Bearer or as the password of <c>admin</c>, or user and password of a mailbox. Without a token in the
/// settings whoever shows nothing is an administrator. Thread-safe.
/// </summary>
internal sealed class HttpCredentials : IDisposable
{
    private const string AdministratorName = "admin";
    private const int MaximumRemembered = 1000;

    /// <summary>How long an address with too many failures is held off.</summary>
    public static readonly TimeSpan HoldOff = LoginFailures.Window;
    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(1);

    private readonly byte[]? adminToken;
    private readonly StoredCredentials stored;
    private readonly LoginFailures failures;
    private readonly TimeProvider clock;

    // Verifying a password costs milliseconds, and scripts send theirs with every request. What is remembered is a keyed hash: without the key, which is in memory only, it tells nothing.
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Remembered> remembered = new(StringComparer.Ordinal);

    // Rises with every change of users and passwords.
    private int changes;

    // An unknown user must cost what a known one does.
    private readonly ScramVerifier nobody = ScramVerifier.Create(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    // A flood of logins may have one core, not all.
    private readonly SemaphoreSlim verifications = new(1);

    public HttpCredentials(ServerSettings settings, IMessageStore store, LoginFailures failures, TimeProvider clock)
    {
        adminToken = settings.Http.AdminToken is string token ? Encoding.UTF8.GetBytes(token) : null;
        stored = new(store);
        this.failures = failures;
        this.clock = clock;
        // A password was changed, or a user went.
        store.Feed.Subscribe(happened =>
        {
            if (happened is MailboxChanged or MailboxOverrun)
                Forget(happened.MailboxId);
        });
    }

    public async ValueTask<(Caller? Caller, LoginFailure Failure)> IdentifyAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var shown = context.Request.Headers.Authorization.ToString();
        if (shown.Length == 0)
        {
            if (adminToken is null)
                return (Caller.Administrator, LoginFailure.None);
            return await FromCookieAsync(context, cancellationToken) is Caller signedIn ? (signedIn, LoginFailure.None) : (null, LoginFailure.Missing);
        }

        // Too long to be guessed: whoever guesses passwords from the same address, or through the same proxy, must not keep the administrator out.
        if (ShowsAdminToken(shown))
            return (Caller.Administrator, LoginFailure.None);
        return TryReadBasic(shown, out var user, out var password)
            ? await VerifyAsync(context, user, password, cancellationToken)
            : await VerifyAsync(context, "", shown, cancellationToken);
    }

    /// <summary>Signs a browser in.</summary>
    /// <returns>The value of its cookie and who it is, or why not.</returns>
    public async ValueTask<(string? Cookie, Caller? Caller, LoginFailure Failure)> SignInAsync(HttpContext context, string user, string password, CancellationToken cancellationToken)
    {
        BrowserSession session = new(user, clock.GetUtcNow() + BrowserSession.Lifetime);
        if (user is AdministratorName && IsAdminToken(password))
            return (session.Sign(adminToken), Caller.Administrator, LoginFailure.None);
        (var caller, var failure) = await VerifyAsync(context, user, password, cancellationToken);
        return caller is not null && await SecretOfAsync(user, cancellationToken) is byte[] secret ? (session.Sign(secret), caller, LoginFailure.None) : (null, null, failure);
    }

    public void Dispose() => verifications.Dispose();

    // A cookie that is no longer good is as none: it was good once, and nobody guesses signatures.
    private async ValueTask<Caller?> FromCookieAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Request.Cookies[BrowserSession.CookieName] is not string cookie || BrowserSession.Read(cookie) is not BrowserSession session || session.Until < clock.GetUtcNow())
            return null;
        if (session.User is AdministratorName)
            return session.IsSigned(cookie, adminToken) ? Caller.Administrator with { SessionUser = session.User } : null;
        if (await stored.FindCredentialAsync(session.User, cancellationToken) is not SmtpCredential found || found.MailboxId is not int mailboxId)
            return null;
        return session.IsSigned(cookie, SecretOf(found)) ? new Caller(mailboxId) { SessionUser = session.User } : null;
    }

    private async ValueTask<byte[]?> SecretOfAsync(string user, CancellationToken cancellationToken) =>
        await stored.FindCredentialAsync(user, cancellationToken) is SmtpCredential found ? SecretOf(found) : null;

    // What is kept of the password: another password is another secret.
    private static byte[] SecretOf(SmtpCredential credential) => Encoding.ASCII.GetBytes(credential.Verifier.ToString());

    private async ValueTask<(Caller? Caller, LoginFailure Failure)> VerifyAsync(HttpContext context, string user, string password, CancellationToken cancellationToken)
    {
        var hash = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(user + "\0" + password)));
        if (remembered.TryGetValue(hash, out var known) && clock.GetElapsedTime(known.Since) < RememberedFor)
            return (known.Caller, LoginFailure.None);

        var address = context.Connection.RemoteIpAddress;
        await verifications.WaitAsync(cancellationToken);
        try
        {
            // Those that waited behind the first of many equal ones.
            if (remembered.TryGetValue(hash, out known) && clock.GetElapsedTime(known.Since) < RememberedFor)
                return (known.Caller, LoginFailure.None);
            if (!failures.TryBegin(address))
                return (null, LoginFailure.HeldOff);
            var before = Volatile.Read(ref changes);
            if (await VerifyAsync(user, password, cancellationToken) is not Caller caller)
                return (null, LoginFailure.Wrong);
            failures.Forgive(address);
            Remember(hash, caller);
            // Looked up before a change, remembered after it: that is what the change forgot about.
            if (Volatile.Read(ref changes) != before)
                remembered.TryRemove(hash, out _);
            return (caller, LoginFailure.None);
        }
        finally
        {
            verifications.Release();
        }
    }

    private async ValueTask<Caller?> VerifyAsync(string user, string password, CancellationToken cancellationToken)
    {
        var found = await stored.FindCredentialAsync(user, cancellationToken);
        var isRight = (found?.Verifier ?? nobody).Verify(password);
        return isRight && found?.MailboxId is int mailboxId ? new Caller(mailboxId) : null;
    }

    private bool ShowsAdminToken(string shown)
    {
        if (adminToken is null || !AuthenticationHeaderValue.TryParse(shown, out var header) || header.Parameter is null)
            return false;
        return header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? IsAdminToken(header.Parameter)
            : TryReadBasic(shown, out var user, out var password) && user is AdministratorName && IsAdminToken(password);
    }

    // Hashed first: the comparison alone would tell the length.
    private bool IsAdminToken(string text) => adminToken is not null
        && CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, adminToken), HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    // RFC 7617: the first colon ends the user.
    private static bool TryReadBasic(string shown, out string user, out string password)
    {
        (user, password) = ("", "");
        if (!AuthenticationHeaderValue.TryParse(shown, out var header) || header.Parameter is not string parameter || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return false;
        var octets = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, octets, out var length))
            return false;
        var text = Encoding.UTF8.GetString(octets, 0, length);
        CryptographicOperations.ZeroMemory(octets);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        (user, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }

    private void Remember(string hash, Caller caller)
    {
        if (remembered.Count >= MaximumRemembered)
            remembered.Clear();
        remembered[hash] = new(caller, clock.GetTimestamp());
    }

    private void Forget(int mailboxId)
    {
        Interlocked.Increment(ref changes);
        foreach ((var hash, var each) in remembered)
        {
            if (each.Caller.MailboxId == mailboxId)
                remembered.TryRemove(hash, out _);
        }
    }

    private sealed record Remembered(Caller Caller, long Since);
}
