using System.Text.Json.Serialization;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

internal sealed record ProjectListView(IReadOnlyList<ProjectView> Projects);

internal sealed record ProjectView(int Id, string Name, DateTime CreatedAt)
{
    public static ProjectView Of(Project project) => new(project.Id, project.Name, project.CreatedAt.UtcDateTime);
}

internal sealed record ProjectBody(string Name);

internal sealed record MailboxListView(IReadOnlyList<MailboxView> Mailboxes, int? Next);

/// <summary>A mailbox. What stands below the line is only there when one mailbox is asked for, or was just made.</summary>
internal sealed record MailboxView(
    int Id, string Name, int Project, bool Open, DateTime CreatedAt, DateTime? ExpiresAt, long Messages, long Unread, long Bytes, LimitsView Limits)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Users { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Shown once: only their verifiers are kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CredentialView>? Credentials { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MailboxUrlsView? Urls { get; init; }

    public static MailboxView Of(Mailbox mailbox) => new(
        mailbox.Id, mailbox.Name, mailbox.Settings.ProjectId, mailbox.Settings.IsOpen, mailbox.CreatedAt.UtcDateTime, mailbox.Settings.ExpiresAt?.UtcDateTime,
        mailbox.MessageCount, mailbox.UnreadCount, mailbox.MessageBytes, LimitsView.Of(mailbox.Settings.Limits));
}

/// <param name="Smtp">host:port, or <c>null</c> when SMTP is on unix sockets only.</param>
internal sealed record MailboxUrlsView(string Api, string Messages, string Wait, string? Smtp);

/// <param name="Password">Only when it was made up by the server just now.</param>
internal sealed record CredentialView(
    string User, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Password = null);

/// <summary>What a mailbox holds and takes; <c>null</c> is no limit.</summary>
internal sealed record LimitsView(int? Messages = null, long? Bytes = null, TimeSpan? Age = null, long? MessageBytes = null, RateView? Rate = null)
{
    public static LimitsView Of(MailboxQuota limits) =>
        new(limits.Messages, limits.Bytes, limits.Age, limits.MessageBytes, limits.Rate is MailboxRate rate ? new(rate.Messages, rate.Window, rate.Refusal) : null);

    /// <returns>What is wrong, or <c>null</c>.</returns>
    public string? Check()
    {
        if (Messages < 1 || Bytes < 1 || MessageBytes < 1)
            return "`limits.messages`, `limits.bytes` and `limits.messageBytes` must be at least 1, or null for no limit.";
        if (Age < TimeSpan.FromSeconds(1))
            return "`limits.age` must be at least 1 second, or null for no limit.";
        if (Rate is not null && (Rate.Messages < 1 || Rate.Window < TimeSpan.FromSeconds(1) || Rate.Window > TimeSpan.FromDays(1)))
            return "`limits.rate` needs at least 1 message, and a window from 1 second to 1 day.";
        return null;
    }

    public MailboxQuota ToLimits() =>
        new(Messages, Bytes, Age, MessageBytes, Rate is null ? null : new(Rate.Messages, Rate.Window, Rate.Refusal));
}

internal sealed record RateView(
    int Messages, TimeSpan Window, [property: JsonConverter(typeof(CamelCase<RateRefusal>))] RateRefusal Refusal = RateRefusal.Reject);

/// <summary>A mailbox to be made. What is left out is made up; an empty list means none.</summary>
internal sealed record NewMailboxBody(
    string? Name = null, int Project = Smtpd.Server.Mailboxes.Project.DefaultId, bool Open = true, TimeSpan? Ttl = null, DateTimeOffset? ExpiresAt = null,
    LimitsView? Limits = null, IReadOnlyList<UserBody>? Users = null, IReadOnlyList<string>? Addresses = null);

/// <summary>What a merge patch is applied to.</summary>
internal sealed record MailboxSettingsBody(string Name, int Project = Smtpd.Server.Mailboxes.Project.DefaultId, bool Open = true, DateTimeOffset? ExpiresAt = null, LimitsView? Limits = null)
{
    public static MailboxSettingsBody Of(MailboxSettings settings) =>
        new(settings.Name, settings.ProjectId, settings.IsOpen, settings.ExpiresAt, LimitsView.Of(settings.Limits));

    /// <returns>What is wrong, or <c>null</c>.</returns>
    public string? Check() => Mailbox.IsName(Name)
        ? Limits?.Check()
        : $"`name` must have 1 to {Mailbox.MaximumNameLength} characters and no control characters.";

    public MailboxSettings ToSettings() => new(Name)
    {
        ProjectId = Project,
        IsOpen = Open,
        // To the millisecond, as it is kept.
        ExpiresAt = ExpiresAt is DateTimeOffset time ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()) : null,
        Limits = Limits?.ToLimits() ?? MailboxQuota.None,
    };
}

/// <summary>What a merge patch may say: it is held against this and then merged as it came. A member that is left out stays, <c>null</c> is none.</summary>
internal sealed record MailboxPatchBody(string? Name = null, int? Project = null, bool? Open = null, DateTimeOffset? ExpiresAt = null, LimitsPatchBody? Limits = null);

internal sealed record LimitsPatchBody(
    int? Messages = null, long? Bytes = null, TimeSpan? Age = null, long? MessageBytes = null, RatePatchBody? Rate = null);

internal sealed record RatePatchBody(
    int? Messages = null, TimeSpan? Window = null, [property: JsonConverter(typeof(CamelCase<RateRefusal>))] RateRefusal Refusal = RateRefusal.Reject);

internal sealed record UserListView(IReadOnlyList<string> Users);

/// <param name="Password">Made up when it is left out.</param>
/// <param name="KeepClearSecret">Keep the password itself too, for CRAM-MD5.</param>
internal sealed record UserBody(string User, string? Password = null, bool KeepClearSecret = false)
{
    // A record prints all it has.
    public override string ToString() => User;
}

internal sealed record PasswordBody(string? Password = null, bool KeepClearSecret = false)
{
    public override string ToString() => nameof(PasswordBody);
}

internal sealed record AddressListView(IReadOnlyList<AddressView> Addresses);

internal sealed record AddressView(string Rule, [property: JsonConverter(typeof(CamelCase<AddressRuleKind>))] AddressRuleKind Kind)
{
    public static AddressView Of(MailboxAddress address) => new(address.Rule.Text, address.Rule.Kind);
}

internal sealed record AddressBody(string Rule);
