using System.Text.Json.Serialization;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

internal sealed record MessageListView(IReadOnlyList<MessageView> Messages, long? Next);

/// <param name="Snippet"><c>null</c> until the content was read, shortly after the message came.</param>
internal sealed record MessageView(
    long Uid, int MailboxId, string Id, DateTime ReceivedAt, long Size, string Sha256, EnvelopeView Envelope,
    string? Subject, HeaderAddress? From, IReadOnlyList<HeaderAddress> To, IReadOnlyList<HeaderAddress> Cc, DateTimeOffset? Date, string? MessageId,
    string? Snippet, IReadOnlyList<AttachmentView> Attachments, FlagsView Flags, IReadOnlyList<string> Tags, IReadOnlyList<string> Warnings)
{
    /// <summary>In the answer to a search: where it was found.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HighlightView>? Highlights { get; init; }

    public static MessageView Of(Message message)
    {
        (var summary, var reading) = (message.Summary, message.Reading ?? MessageReading.Empty);
        return new(
            message.Uid, message.MailboxId, message.Id.ToString(), message.ReceivedAt.UtcDateTime, message.Size,
            Convert.ToHexStringLower(message.Sha256.Span),
            new(message.Envelope.Sender, message.Recipients, message.Envelope.Helo, message.Envelope.RemoteAddress,
                message.Envelope.Tls, message.Envelope.User),
            summary.Subject, summary.From, summary.To, summary.Cc, summary.Date, summary.MessageId,
            message.Reading?.Snippet, [.. reading.Attachments.Select(AttachmentView.Of)],
            new(message.Flags.HasFlag(MessageFlags.Read), message.Flags.HasFlag(MessageFlags.Pinned)), message.Tags, reading.Warnings);
    }
}

internal sealed record EnvelopeView(string From, IReadOnlyList<string> To, string Helo, string? RemoteAddress, string? Tls, string? User);

internal sealed record AttachmentView(int Index, string? FileName, string ContentType, long Size, string Sha256, string? ContentId, bool Inline)
{
    public static AttachmentView Of(MessageAttachment attachment) =>
        new(attachment.Index, attachment.FileName, attachment.ContentType, attachment.Size, attachment.Sha256, attachment.ContentId, attachment.Inline);
}

internal sealed record FlagsView(bool Read, bool Pinned);

internal sealed record MessageChangeBody(
    bool? Read = null, bool? Pinned = null, IReadOnlyList<string>? Tags = null, IReadOnlyList<string>? AddTags = null, IReadOnlyList<string>? RemoveTags = null)
{
    /// <returns>The change, or what is wrong.</returns>
    public (MessageChange? Change, string? Wrong) ToChange()
    {
        foreach (var list in new[] { Tags, AddTags, RemoveTags })
        {
            if (list?.Count > MessageTag.MaximumCount || list?.Any(each => each is null || !MessageTag.IsTag(each)) == true)
                return (null, $"A tag has 1 to {MessageTag.MaximumLength} characters, without commas, quotes and control characters, and no blank at its ends; "
                    + $"a message has at most {MessageTag.MaximumCount}.");
        }

        if ((Read ?? Pinned) is null && Tags is null && AddTags is null && RemoveTags is null)
            return (null, "Nothing is to be changed: give at least one of `read`, `pinned`, `tags`, `addTags` and `removeTags`.");
        return (new(Read, Pinned, Tags) { AddTags = AddTags ?? [], RemoveTags = RemoveTags ?? [] }, null);
    }
}

/// <summary>Which messages, and what to change of them: one of <c>uids</c>, <c>query</c> and <c>all</c>.</summary>
internal sealed record BulkChangeBody(
    IReadOnlyList<long>? Uids = null, string? Query = null, bool All = false,
    bool? Read = null, bool? Pinned = null, IReadOnlyList<string>? Tags = null, IReadOnlyList<string>? AddTags = null, IReadOnlyList<string>? RemoveTags = null)
{
    public MessageChangeBody ToChangeBody() => new(Read, Pinned, Tags, AddTags, RemoveTags);
}

internal sealed record BulkDeletionBody(IReadOnlyList<long>? Uids = null, string? Query = null);

/// <param name="More">The time for one request was over: ask again for the rest.</param>
internal sealed record ChangedView(long Changed, bool More);

/// <param name="More">The time for one request was over: ask again for the rest.</param>
internal sealed record DeletedView(long Deleted, bool More);

internal sealed record TagListView(IReadOnlyList<TagView> Tags);

internal sealed record TagView(string Tag, long Messages);

internal sealed record SessionListView(IReadOnlyList<SessionView> Sessions);

/// <param name="Transcript"><c>null</c> for whoever may not see it all, because other mailboxes occur in it.</param>
internal sealed record SessionView(
    string Id, DateTime StartedAt, DateTime EndedAt, string? RemoteAddress, string? Helo, string? User, IReadOnlyList<int> MailboxIds, int Messages, bool Refused, string? Transcript);
