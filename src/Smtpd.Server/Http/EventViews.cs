namespace Smtpd.Server.Http;

internal sealed record RemovedEventView(int MailboxId, IReadOnlyList<long> Uids);

internal sealed record MailboxEventView(int MailboxId);

/// <summary>Look again: events were missed.</summary>
/// <param name="MailboxId">Where, or <c>null</c> for everywhere.</param>
internal sealed record ResetEventView(int? MailboxId);
