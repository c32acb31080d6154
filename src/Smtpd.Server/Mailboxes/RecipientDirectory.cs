using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Smtpd.Server.Mailboxes;

/// <summary>Decides which mailbox a recipient belongs to: one rule per recipient, the kind that stands first in <see cref="AddressRuleKind"/>. Thread-safe.</summary>
/// <remarks>
/// Exact rules, however many, are asked of the store every time. The few patterns and the settings of mailboxes are kept for a second, and read again at once after a
/// change that this process knows of.
/// </remarks>
internal sealed class RecipientDirectory
{
    private const int MaximumKept = 10_000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private readonly IMessageStore store;
    private readonly HashSet<string> domains;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<int, Kept<MailboxSettings>> mailboxes = [];
    private Kept<IReadOnlyList<(Regex Pattern, int MailboxId)>>? patterns;

    /// <param name="domains">Smtp:Domains, as A-labels in lower case.</param>
    public RecipientDirectory(IMessageStore store, IEnumerable<string> domains, TimeProvider clock)
    {
        this.store = store;
        this.domains = [.. domains];
        this.clock = clock;
        store.Feed.Subscribe(Forget);
    }

    /// <summary>The rule that places an address, or <c>null</c>.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async ValueTask<RecipientRule?> FindAsync(MailAddress address, CancellationToken cancellationToken)
    {
        var keys = AddressRule.KeysOf(address, IsLocal(address));
        var found = await store.FindRulesAsync([.. keys.Select(each => each.Key)], cancellationToken);
        var best = Best(keys, found);
        if (best is { Kind: < AddressRuleKind.Pattern })
            return best;
        return await FindPatternAsync(AddressRule.ExactKey(address), cancellationToken) is int mailboxId ? new(AddressRuleKind.Pattern, mailboxId) : best;
    }

    /// <summary>What a mailbox is told, or <c>null</c> when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async ValueTask<MailboxSettings?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken)
    {
        if (mailboxes.TryGetValue(mailboxId, out var kept) && IsFresh(kept.At))
            return kept.Value;
        var at = clock.GetTimestamp();
        if ((await store.FindMailboxAsync(mailboxId, cancellationToken))?.Settings is not MailboxSettings settings)
        {
            mailboxes.TryRemove(mailboxId, out _);
            return null;
        }

        if (mailboxes.Count >= MaximumKept)
            mailboxes.Clear();
        mailboxes[mailboxId] = new(at, settings);
        return settings;
    }

    /// <summary>Whether the domain is one of Smtp:Domains.</summary>
    public bool IsLocal(MailAddress address) => domains.Count > 0 && domains.Contains(address.AsciiHostname);

    private static RecipientRule? Best(IReadOnlyList<(AddressRuleKind Kind, string Key)> keys, IReadOnlyList<(string Key, int MailboxId)> found)
    {
        if (found.Count == 0)
            return null;
        foreach ((var kind, var key) in keys)
        {
            foreach ((var foundKey, var mailboxId) in found)
            {
                if (foundKey.Equals(key, StringComparison.Ordinal))
                    return new(kind, mailboxId);
            }
        }

        return null;
    }

    private async ValueTask<int?> FindPatternAsync(string address, CancellationToken cancellationToken)
    {
        var kept = Volatile.Read(ref patterns);
        if (kept is null || !IsFresh(kept.At))
        {
            var at = clock.GetTimestamp();
            var rules = await store.ListAddressesAsync(null, AddressRuleKind.Pattern, cancellationToken);
            // The longest one is the most particular.
            kept = new(at, [.. rules.OrderByDescending(each => each.Rule.Key.Length).Select(each => (each.Rule.ToRegex(), each.MailboxId))]);
            Volatile.Write(ref patterns, kept);
        }

        foreach ((var pattern, var mailboxId) in kept.Value)
        {
            if (pattern.IsMatch(address))
                return mailboxId;
        }

        return null;
    }

    private void Forget(MailEvent happened)
    {
        if (happened is not MailboxChanged changed)
            return;
        mailboxes.TryRemove(changed.MailboxId, out _);
        Volatile.Write(ref patterns, null);
    }

    private bool IsFresh(long at) => clock.GetElapsedTime(at) < KeptFor;

    private sealed record Kept<T>(long At, T Value);
}

/// <summary>Which kind of rule places a recipient, and where.</summary>
internal sealed record RecipientRule(AddressRuleKind Kind, int MailboxId);
