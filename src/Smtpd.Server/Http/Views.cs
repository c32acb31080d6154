using System.Text.Json.Serialization;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>What REST says about things, apart from what they are inside: these names are a contract.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MailboxListView))]
[JsonSerializable(typeof(MessageListView))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(StatusView))]
internal sealed partial class ApiJson : JsonSerializerContext;

internal sealed record MailboxListView(IReadOnlyList<MailboxView> Mailboxes);

internal sealed record MailboxView(int Id, string Name, DateTime CreatedAt, long Messages, long Bytes)
{
    public static MailboxView Of(Mailbox mailbox) =>
        new(mailbox.Id, mailbox.Name, mailbox.CreatedAt.UtcDateTime, mailbox.MessageCount, mailbox.MessageBytes);
}

internal sealed record MessageListView(IReadOnlyList<MessageView> Messages, long? Next);

internal sealed record MessageView(
    long Uid, int MailboxId, string Id, DateTime ReceivedAt, long Size, string Sha256, EnvelopeView Envelope,
    string? Subject, HeaderAddress? From, IReadOnlyList<HeaderAddress> To, IReadOnlyList<HeaderAddress> Cc, DateTimeOffset? Date, string? MessageId,
    string? Snippet, IReadOnlyList<AttachmentView> Attachments, FlagsView Flags, IReadOnlyList<string> Tags, IReadOnlyList<string> Warnings)
{
    public static MessageView Of(Message message)
    {
        var summary = message.Summary;
        return new(
            message.Uid, message.MailboxId, message.Id.ToString(), message.ReceivedAt.UtcDateTime, message.Size,
            Convert.ToHexStringLower(message.Sha256.Span),
            new(message.Envelope.Sender, message.Recipients, message.Envelope.Helo, message.Envelope.RemoteAddress,
                message.Envelope.Tls, message.Envelope.User),
            summary.Subject, summary.From, summary.To, summary.Cc, summary.Date, summary.MessageId,
            null, [], new(message.Flags.HasFlag(MessageFlags.Read), message.Flags.HasFlag(MessageFlags.Pinned)), [], []);
    }
}

internal sealed record EnvelopeView(string From, IReadOnlyList<string> To, string Helo, string? RemoteAddress, string? Tls, string? User);

internal sealed record AttachmentView(int Index, string? FileName, string ContentType, long Size, string Sha256, string? ContentId, bool Inline);

internal sealed record FlagsView(bool Read, bool Pinned);

internal sealed record StatusView(string Status);

/// <summary>RFC 9457.</summary>
internal sealed record ProblemView(string Title, int Status, string Detail, string Type = "about:blank");
