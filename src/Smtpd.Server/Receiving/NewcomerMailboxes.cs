using System.Security.Cryptography;
using System.Text;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>Makes mailboxes on first login or first address, where the settings ask for it: so many and no more.</summary>
/// <remarks>Thread-safe; one is made at a time, as strangers decide how often this is asked.</remarks>
internal sealed class NewcomerMailboxes(IMessageStore store, RecipientDirectory directory, NewcomerRules rules, TimeProvider clock, ILogger logger) : IPasswordValidator, IDisposable
{
    // Counting reads all mailboxes, and strangers may ask a thousand times a second.
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim gate = new(1, 1);
    private long? fullSince; // guarded by the gate

    public void Dispose() => gate.Dispose();

    /// <summary>The mailbox made for an address that no rule places, or <c>null</c> when none is to be made.</summary>
    public async ValueTask<int?> ForAddressAsync(MailAddress address, CancellationToken cancellationToken)
    {
        if (!rules.OnAddress || address.Hostname.Length == 0 || (rules.HasDomains && !directory.IsLocal(address)))
            return null;
        var name = address.Username + "@" + address.AsciiHostname;
        return AddressRule.TryParse($"{address.Username}+*@{address.Hostname}", out var rule) || AddressRule.TryParse(name, out rule)
            ? await AddAsync(name, [], rule, cancellationToken)
            : null;
    }

    /// <summary>Lets in who is not known yet, with the password that was said first. Who is known is checked elsewhere.</summary>
    public async ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string user, string password, CancellationToken cancellationToken)
    {
        if (!rules.OnLogin || !MailboxCredential.IsUser(user) || await store.FindCredentialAsync(user, cancellationToken) is not null)
            return null;
        // A key derivation takes milliseconds; not on the thread that serves connections. Whoever comes is let in: what software under test is set up with may be short.
        var credential = await Task.Run(() => MailboxPassword.TryCreateFromAny(user, 0, password), cancellationToken);
        if (credential is null || await AddAsync(user, [credential], null, cancellationToken) is not int mailboxId)
            return null;
        return new(user) { MailboxId = mailboxId };
    }

    private async Task<int?> AddAsync(string name, IReadOnlyList<MailboxCredential> credentials, AddressRule? rule, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Somebody else may have been quicker.
            if (rule is not null && (await store.FindRulesAsync([rule.Key], cancellationToken)) is [(_, var there)])
                return there;
            if (fullSince is long since && clock.GetElapsedTime(since) < FullFor)
                return null;
            fullSince = null;
            if ((await store.ListMailboxesAsync(cancellationToken)).Count >= rules.MaximumMailboxes)
            {
                fullSince = clock.GetTimestamp();
                ServerLog.TooManyMailboxes(logger, rules.MaximumMailboxes);
                return null;
            }

            MailboxSettings settings = new(Shorten(name)) { Limits = rules.Limits, ExpiresAt = clock.GetUtcNow() + rules.TimeToLive };
            return (await store.AddMailboxAsync(new(settings, credentials, rule is null ? [] : [rule]), cancellationToken)).Mailbox?.Id;
        }
        finally
        {
            gate.Release();
        }
    }

    // Two long names must not become one.
    private static string Shorten(string name) => name.Length <= Mailbox.MaximumNameLength
        ? name
        : string.Concat(name.AsSpan(0, Mailbox.MaximumNameLength - 9), "-", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 4)));
}

/// <summary>When mailboxes are made by themselves, and what they are like.</summary>
/// <param name="HasDomains">Smtp:Domains names some: then only addresses there make a mailbox.</param>
/// <param name="MaximumMailboxes">With so many mailboxes in the store no more are made.</param>
internal sealed record NewcomerRules(bool OnLogin, bool OnAddress, bool HasDomains, int MaximumMailboxes, MailboxQuota Limits, TimeSpan? TimeToLive);
