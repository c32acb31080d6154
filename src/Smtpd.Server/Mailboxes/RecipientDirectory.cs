using System.Text.RegularExpressions;

namespace Smtpd.Server.Mailboxes;

/// <summary>Decides which mailbox a recipient belongs to: one rule per recipient, the kind that stands first in <see cref="AddressRuleKind"/>. Thread-safe.</summary>
/// <remarks>
/// Exact rules, however many, are asked of the store every time; the few patterns are kept for a second, and read again at once after a change made here.
/// </remarks>
/// <param name="domains">Smtp:Domains, as A-labels in lower case.</param>
internal sealed class RecipientDirectory
{
    private static readonly TimeSpan PatternsFor = TimeSpan.FromSeconds(1);

    private readonly IMessageStore store;
    private readonly HashSet<string> domains;
    private readonly TimeProvider clock;
    private PatternList? patterns;

    public RecipientDirectory(IMessageStore store, IEnumerable<string> domains, TimeProvider clock)
    {
        this.store = store;
        this.domains = [.. domains];
        this.clock = clock;
        store.Feed.Subscribe(happened =>
        {
            if (happened is MailboxChanged)
                Volatile.Write(ref patterns, null);
        });
    }

    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async ValueTask<int?> FindAsync(MailAddress address, CancellationToken cancellationToken)
    {
        var keys = AddressRule.KeysOf(address, domains.Contains(address.AsciiHostname));
        var found = await store.FindRulesAsync([.. keys.Select(each => each.Key)], cancellationToken);
        (AddressRuleKind Kind, int MailboxId)? best = null;
        foreach ((var kind, var key) in keys)
        {
            if (found.FirstOrDefault(each => each.Key.Equals(key, StringComparison.Ordinal)) is { Key: not null } rule)
            {
                best = (kind, rule.MailboxId);
                break;
            }
        }

        if (best is { Kind: < AddressRuleKind.Pattern })
            return best.Value.MailboxId;
        return await FindPatternAsync(AddressRule.ExactKey(address), cancellationToken) ?? best?.MailboxId;
    }

    private async ValueTask<int?> FindPatternAsync(string address, CancellationToken cancellationToken)
    {
        var list = Volatile.Read(ref patterns);
        if (list is null || clock.GetElapsedTime(list.ReadAt) > PatternsFor)
        {
            var rules = await store.ListAddressesAsync(null, AddressRuleKind.Pattern, cancellationToken);
            // The longest one is the most particular.
            list = new(clock.GetTimestamp(), [.. rules.OrderByDescending(each => each.Rule.Key.Length).Select(each => (each.Rule.ToRegex(), each.MailboxId))]);
            Volatile.Write(ref patterns, list);
        }

        foreach ((var pattern, var mailboxId) in list.Patterns)
        {
            if (pattern.IsMatch(address))
                return mailboxId;
        }

        return null;
    }

    private sealed record PatternList(long ReadAt, IReadOnlyList<(Regex Pattern, int MailboxId)> Patterns);
}
