using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Smtpd.Server.Mailboxes;

/// <summary>Which recipients lead to a mailbox, and how a rule is written. Where several fit, the kind that stands first here decides.</summary>
internal enum AddressRuleKind
{
    /// <summary><c>support@example.com</c>: this address and no other.</summary>
    Exact,

    /// <summary><c>support+*@example.com</c>: the address with and without a tag.</summary>
    Tagged,

    /// <summary><c>support@</c>: the user, with and without a tag, at every domain of the setting Smtp:Domains (go-falcon's address mode).</summary>
    User,

    /// <summary><c>order-*@*.example.com</c>: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
    Pattern,

    /// <summary><c>@example.com</c>: every address of the domain.</summary>
    Domain,

    /// <summary><c>*</c>: whatever no other rule places.</summary>
    CatchAll,
}

/// <summary>A rule that leads mail to a mailbox.</summary>
/// <param name="Text">As its author wrote it.</param>
/// <param name="Key">The same in one spelling: two rules with one key are the same rule. Letters in lower case, domains as A-labels.</param>
internal sealed record AddressRule(AddressRuleKind Kind, string Text, string Key)
{
    public const string Syntax =
        "support@example.com, support+*@example.com (with tags), support@ (at the domains of Smtp:Domains), order-*@example.com, @example.com or *";

    private const int MaximumLength = 320;
    private const string CatchAllKey = "*";
    private const string TagSuffix = "+*";

    /// <summary>Reads a rule; what it is not is told by <see cref="Syntax"/>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AddressRule? rule)
    {
        rule = null;
        text = text.Trim();
        if (text.Length is 0 or > MaximumLength || text.Any(each => char.IsControl(each) || char.IsWhiteSpace(each)) && !text.StartsWith('"'))
            return false;
        rule = text is "*" ? new(AddressRuleKind.CatchAll, text, CatchAllKey) : Parse(text);
        return rule is not null;
    }

    /// <summary>The rule for one address.</summary>
    public static AddressRule Of(MailAddress address) => new(AddressRuleKind.Exact, address.Email, ExactKey(address));

    /// <summary>The keys that a rule for this address may have, patterns apart, in the order in which they decide.</summary>
    /// <param name="isLocal">Whether the domain is one of Smtp:Domains.</param>
    public static IReadOnlyList<(AddressRuleKind Kind, string Key)> KeysOf(MailAddress address, bool isLocal)
    {
        if (address.Hostname.Length == 0)
            return [(AddressRuleKind.CatchAll, CatchAllKey)];
        List<(AddressRuleKind, string)> keys =
        [
            (AddressRuleKind.Exact, ExactKey(address)),
            (AddressRuleKind.Tagged, address.Username + TagSuffix + "@" + address.AsciiHostname),
        ];
        if (isLocal)
            keys.Add((AddressRuleKind.User, address.Username + "@"));
        keys.Add((AddressRuleKind.Domain, "@" + address.AsciiHostname));
        keys.Add((AddressRuleKind.CatchAll, CatchAllKey));
        return keys;
    }

    /// <summary>What patterns are compared with.</summary>
    public static string ExactKey(MailAddress address) => address.LocalPart.ToLowerInvariant() + "@" + address.AsciiHostname;

    /// <summary>For a <see cref="AddressRuleKind.Pattern"/>: linear in the address, whatever the pattern.</summary>
    public Regex ToRegex() => new(
        "^" + Regex.Escape(Key).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
        RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);

    // The wildcards are legal in a local part (RFC 5321 4.1.2): whoever has such an address writes it quoted.
    private static AddressRule? Parse(string text)
    {
        var at = text.LastIndexOf('@');
        if (at < 0)
            return null;
        (var local, var domain) = (text[..at], text[(at + 1)..]);
        if (domain.Length == 0)
            return IsAddress(local + "@x.test") && !local.Contains('+', StringComparison.Ordinal) && !IsWild(local)
                ? new(AddressRuleKind.User, text, text.ToLowerInvariant()) : null;
        if (local is "" or "*" && !IsWild(domain))
            return MailAddress.TryParse("x@" + domain, out var any) ? new(AddressRuleKind.Domain, text, "@" + any.AsciiHostname) : null;
        if (local.EndsWith(TagSuffix, StringComparison.Ordinal) && !IsWild(local[..^2]) && !IsWild(domain))
            return MailAddress.TryParse(local[..^2] + "@" + domain, out var untagged) && !untagged.LocalPart.Contains('+', StringComparison.Ordinal)
                ? new(AddressRuleKind.Tagged, text, untagged.Username + TagSuffix + "@" + untagged.AsciiHostname) : null;
        if ((IsWild(local) && !local.StartsWith('"')) || IsWild(domain))
            return IsAddress(text.Replace('*', 'x').Replace('?', 'x')) ? new(AddressRuleKind.Pattern, text, text.ToLowerInvariant()) : null;
        return MailAddress.TryParse(text, out var address) && address.Hostname.Length > 0 ? Of(address) with { Text = text } : null;
    }

    private static bool IsAddress(string text) => MailAddress.TryParse(text, out var address) && address.Hostname.Length > 0;

    private static bool IsWild(string text) => text.AsSpan().ContainsAny('*', '?');
}

/// <summary>A rule and the mailbox it leads to.</summary>
internal sealed record MailboxAddress(AddressRule Rule, int MailboxId);
