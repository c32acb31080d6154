using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary>Completes a mailbox that somebody asks for: whatever is left out is made up, so that <c>{"ttl":600}</c> is enough to send and to read.</summary>
internal sealed class MailboxInvention(ServerSettings settings, ServerState state)
{
    private const int MaximumRules = 100;
    private const string Digits = "abcdefghjkmnpqrstvwxyz0123456789"; // 32, none that is easily taken for another

    /// <summary>What is kept of a password, and what is shown of it: only one that was made up.</summary>
    /// <returns>What is wrong in place of the credential.</returns>
    public static (MailboxCredential? Credential, CredentialView? View, string? Wrong) MakeCredential(UserBody user, int mailboxId)
    {
        if (!MailboxCredential.IsUser(user.User) || user.User.Contains(':', StringComparison.Ordinal))
            return (null, null, $"`user` must have 1 to {MailboxCredential.MaximumUserLength} characters, no colon and no control characters.");
        var password = user.Password ?? MailboxPassword.Generate();
        return MailboxPassword.TryCreate(user.User, mailboxId, password, user.KeepClearSecret) is MailboxCredential credential
            ? (credential, new(user.User, user.Password is null ? password : null), null)
            : (null, null, $"`password`: {MailboxPassword.Requirement}. Leave it out to have one made up.");
    }

    public MailboxDraft Complete(NewMailboxBody body, DateTimeOffset now)
    {
        var slug = RandomNumberGenerator.GetString(Digits, 10);
        var name = body.Name ?? "mailbox-" + slug;
        if (body.Ttl is not null && body.ExpiresAt is not null)
            return MailboxDraft.Not("Give `ttl` or `expiresAt`, not both.");
        if (body.Ttl < TimeSpan.FromSeconds(1) || body.Ttl > TimeSpan.FromDays(3650) || body.ExpiresAt <= now)
            return MailboxDraft.Not("`ttl` must be from 1 second to 3650 days, and `expiresAt` in the future.");
        MailboxSettingsBody given = new(name, body.Project, body.Open, body.Ttl is TimeSpan ttl ? now + ttl : body.ExpiresAt, body.Limits);
        if (given.Check() is string wrong)
            return MailboxDraft.Not(wrong);
        if (body.Users?.Count > MaximumRules || body.Addresses?.Count > MaximumRules)
            return MailboxDraft.Not(string.Create(CultureInfo.InvariantCulture, $"At most {MaximumRules} users and addresses at once."));

        List<MailboxCredential> credentials = [];
        List<CredentialView> views = [];
        foreach (var each in body.Users ?? [new("user-" + slug)])
        {
            (var credential, var view, var problem) = each is null ? (null, null, "`users` has a null in it.") : MakeCredential(each, 0);
            if (credential is null)
                return MailboxDraft.Not(problem!);
            credentials.Add(credential);
            views.Add(view!);
        }

        if (credentials.DistinctBy(each => MailboxCredential.KeyOf(each.User), StringComparer.Ordinal).Count() < credentials.Count)
            return MailboxDraft.Not("`users` names one twice; letters in upper and lower case are the same.");

        List<AddressRule> rules = [];
        foreach (var each in body.Addresses ?? ["user-" + slug + "@" + (settings.Smtp.Domains is [var domain, ..] ? domain : "localhost")])
        {
            if (each is null || !AddressRule.TryParse(each, out var rule))
                return MailboxDraft.Not(NoRule(each));
            rules.Add(rule);
        }

        return new(new(given.ToSettings(), credentials, rules), views, null);
    }

    public static string NoRule(string? text) => $"`{text}` is no address rule. Write one of: {AddressRule.Syntax}.";

    /// <summary>Where the new mailbox is reached, as seen by whoever has asked.</summary>
    public MailboxUrlsView Urls(HttpRequest request, int mailboxId)
    {
        var api = string.Create(CultureInfo.InvariantCulture, $"{request.Scheme}://{request.Host}/api/mailboxes/{mailboxId}");
        return new(api, api + "/messages", api + "/wait", Smtp(request));
    }

    private string? Smtp(HttpRequest request)
    {
        if (state.Smtp is not IPEndPoint bound)
            return null;
        var isAny = bound.Address.Equals(IPAddress.IPv6Any) || bound.Address.Equals(IPAddress.Any);
        return isAny ? string.Create(CultureInfo.InvariantCulture, $"{request.Host.Host}:{bound.Port}") : bound.ToString();
    }
}

/// <param name="Credentials">With the passwords that were made up.</param>
/// <param name="Wrong">Why there is none.</param>
internal sealed record MailboxDraft(NewMailbox? Mailbox, IReadOnlyList<CredentialView> Credentials, string? Wrong)
{
    public static MailboxDraft Not(string wrong) => new(null, [], wrong);
}
