namespace Smtpd.Server.Mailboxes;

/// <summary>A mailbox as a work queue: each message is handed to one worker at a time until it is acknowledged, and put aside after too many attempts.</summary>
/// <remarks>Costs nothing where nobody leases: only messages that were leased have a row of their own.</remarks>
internal interface IMessageQueue
{
    /// <summary>Leases the oldest messages that are free: not leased now, not acknowledged, not dead. One whose last attempt is used up becomes dead instead.</summary>
    Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int mailboxId, LeaseRequest request, CancellationToken cancellationToken);

    /// <summary>The work is done: the message is never leased again. With <paramref name="delete"/> it goes.</summary>
    /// <returns>False when the lease is over: the message may be with another worker.</returns>
    Task<bool> AcknowledgeAsync(int mailboxId, long uid, string token, bool delete, CancellationToken cancellationToken);

    /// <summary>The work failed: the message is free again after <paramref name="delay"/>, or dead when this was its last attempt.</summary>
    /// <returns>False when the lease is over.</returns>
    Task<bool> ReleaseAsync(int mailboxId, long uid, string token, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Messages put aside, by uid.</summary>
    Task<IReadOnlyList<DeadMessage>> ListDeadAsync(int mailboxId, long? after, int limit, CancellationToken cancellationToken);

    /// <summary>Gives a dead message all its attempts back.</summary>
    /// <returns>False when it is not dead.</returns>
    Task<bool> ReviveAsync(int mailboxId, long uid, CancellationToken cancellationToken);
}

/// <param name="Visibility">How long nobody else gets the message.</param>
/// <param name="Attempts">How often a message is leased at most; kept with the message when it is leased first.</param>
internal sealed record LeaseRequest(int Limit, TimeSpan Visibility, int Attempts);

/// <param name="Token">Proves the lease; 128 random bits as text.</param>
/// <param name="Attempt">1 for the first.</param>
internal sealed record LeasedMessage(Message Message, string Token, int Attempt, DateTimeOffset Until);

internal sealed record DeadMessage(Message Message, int Attempts);
