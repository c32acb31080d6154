using System.Globalization;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Settings;

/// <summary>Settings whose names hold names: mailboxes that shall be there. Each start makes what is missing and changes what differs; what is not declared stays.</summary>
internal static class DeclaredSettings
{
    private const string Section = "Projects";
    private const string MailboxesPart = "Mailboxes";

    // What stands after Projects:NAME:Mailboxes:NAME; the last one is followed by a user.
    private static readonly (string Suffix, string Allowed, string Reason, Func<DeclaredMailbox, string, string?> Read)[] Rows =
    [
        ("Addresses", $"address rules, separated by commas or a JSON array: {AddressRule.Syntax}", "Which recipients lead to the mailbox.", ReadAddresses),
        ("Open", "`true` or `false`", "Whether mail comes in.", (mailbox, text) => ReadSwitch(text, value => mailbox.IsOpen = value)),
        ("Limits:Messages", "a number, or empty for none", "The most messages; the oldest go, except pinned ones.",
            (mailbox, text) => ReadNumber(text, int.MaxValue, value => mailbox.Limit(limits => limits with { Messages = (int?)value }))),
        ("Limits:Bytes", "a number of octets; `K`, `M` or `G` may follow; empty for none", "The most octets of all messages; the oldest go.",
            (mailbox, text) => ReadSize(text, value => mailbox.Limit(limits => limits with { Bytes = value }))),
        ("Limits:MessageBytes", "as above", "The largest message; a larger one is refused with 552.",
            (mailbox, text) => ReadSize(text, value => mailbox.Limit(limits => limits with { MessageBytes = value }))),
        ("Limits:Age", "a number of hours, or empty for none", "Older messages go.",
            (mailbox, text) => ReadNumber(text, 1_000_000, value => mailbox.Limit(limits => limits with { Age = value is long hours ? TimeSpan.FromHours(hours) : null }))),
        ("Limits:Rate", "`MESSAGES/SECONDS`, then `Reject`, `Defer` or `Close` if not `Reject`, as in `2/1` or `100/60 Defer`; empty for none",
            "How many messages in a window. `Reject` answers 550 5.7.0, `Defer` 451, `Close` 421.", ReadRate),
        ("Users:USER", "a password of at least 8 characters, or what `ScramVerifier` prints", "Who sends into the mailbox by AUTH and reads it.", (_, _) => null),
    ];

    /// <summary>For the list of settings: the names with PROJECT, MAILBOX and USER in the place of theirs.</summary>
    public static IReadOnlyList<Setting> Documented { get; } =
        [.. Rows.Select(each => new Setting($"{Section}:PROJECT:{MailboxesPart}:MAILBOX:{each.Suffix}", each.Allowed, "", each.Reason, (_, _) => null))];

    /// <summary>The setting that a given name means, or <c>null</c>.</summary>
    public static Setting? Find(string key)
    {
        var parts = key.Split(':');
        if (parts.Length < 5 || !Is(parts[0], Section) || !Is(parts[2], MailboxesPart) || parts[1].Length == 0 || parts[3].Length == 0)
            return null;
        (var project, var mailbox, var suffix) = (parts[1], parts[3], string.Join(':', parts[4..]));
        if (parts.Length == 6 && Is(parts[4], "Users") && parts[5].Length > 0)
            return new(key, "", "", "", (settings, text) => ReadUser(settings.Declare(project, mailbox), parts[5], text)) { IsSecret = true };
        var row = Rows.FirstOrDefault(each => Is(each.Suffix, suffix));
        return row.Read is null ? null : new(key, row.Allowed, "", row.Reason, (settings, text) => NameProblem(project, mailbox) ?? row.Read(settings.Declare(project, mailbox), text));
    }

    private static bool Is(string given, string name) => given.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string? NameProblem(string project, string mailbox) =>
        Mailbox.IsName(project) && Mailbox.IsName(mailbox) ? null : $"names of projects and mailboxes have 1 to {Mailbox.MaximumNameLength} characters and no control characters";

    private static string? ReadUser(DeclaredMailbox mailbox, string user, string text)
    {
        if (!MailboxCredential.IsUser(user))
            return "the user's name is too long or has control characters";
        if (text.Length is < MailboxPassword.MinimumLength or > MailboxPassword.MaximumLength || text.Any(char.IsControl))
            return MailboxPassword.Requirement;
        mailbox.Users[user] = text;
        return null;
    }

    private static string? ReadAddresses(DeclaredMailbox mailbox, string text)
    {
        List<AddressRule> rules = [];
        foreach (var each in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!AddressRule.TryParse(each, out var rule))
                return $"`{each}` is not an address rule; write one of: {AddressRule.Syntax}";
            rules.Add(rule);
        }

        mailbox.Addresses = rules;
        return null;
    }

    private static string? ReadSwitch(string text, Action<bool> set)
    {
        if (!bool.TryParse(text, out var value))
            return "must be true or false";
        set(value);
        return null;
    }

    private static string? ReadNumber(string text, long maximum, Action<long?> set)
    {
        if (text.Length > 0 && !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given >= 1 && given <= maximum))
            return string.Create(CultureInfo.InvariantCulture, $"must be a number from 1 to {maximum}, or empty");
        set(text.Length == 0 ? null : long.Parse(text, CultureInfo.InvariantCulture));
        return null;
    }

    private static string? ReadSize(string text, Action<long?> set)
    {
        long octets = 0;
        if (text.Length > 0 && !(Setting.TryParseSize(text, out octets) && octets > 0))
            return "must be a number of octets; `K`, `M` or `G` may follow; or empty";
        set(text.Length == 0 ? null : octets);
        return null;
    }

    private static string? ReadRate(DeclaredMailbox mailbox, string text)
    {
        if (text.Length > 0 && !MailboxRate.TryParse(text, out _))
            return "must be written as in 2/1 or 100/60 Defer, or be empty";
        mailbox.Limit(limits => limits with { Rate = MailboxRate.TryParse(text, out var rate) ? rate : null });
        return null;
    }
}
