using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <param name="Limit">Messages at most.</param>
/// <param name="Visibility">How long nobody else gets them.</param>
/// <param name="Attempts">How often a message is leased before it is put aside.</param>
/// <param name="Wait">How long to wait for one when there is none.</param>
internal sealed record LeaseBody(int Limit = 1, TimeSpan? Visibility = null, int Attempts = 5, TimeSpan? Wait = null);

internal sealed record LeaseListView(IReadOnlyList<LeaseView> Leases);

/// <param name="Token">To be shown with <c>ack</c> and <c>nack</c>.</param>
internal sealed record LeaseView(MessageView Message, string Token, int Attempt, DateTime Until)
{
    public static LeaseView Of(LeasedMessage leased) => new(MessageView.Of(leased.Message), leased.Token, leased.Attempt, leased.Until.UtcDateTime);
}

internal sealed record AcknowledgementBody(string Token, bool Delete = false);

internal sealed record ReleaseBody(string Token, TimeSpan? Delay = null);

internal sealed record DeadListView(IReadOnlyList<DeadView> Dead, long? Next);

internal sealed record DeadView(MessageView Message, int Attempts);
