using Smtpd.Checks;

namespace Smtpd;

/// <summary>Says whether somebody may have some more of something.</summary>
public interface IRateLimiter
{
    /// <summary>Takes from what is left for <paramref name="key"/>.</summary>
    /// <param name="key">Who asks.</param>
    /// <param name="cancellationToken">Cancelled when the connection is aborted.</param>
    /// <returns>False when nothing is left; then nothing was taken.</returns>
    ValueTask<bool> TryTakeAsync(string key, CancellationToken cancellationToken);
}

/// <summary>What a <see cref="RateLimitCheck"/> counts.</summary>
public enum RateLimited
{
    /// <summary>Messages, at MAIL.</summary>
    Messages,

    /// <summary>Recipients, at RCPT.</summary>
    Recipients,
}

/// <summary>Lets a client have so many messages or recipients in a while; over it 450 4.7.1, so that an honest client comes back later.</summary>
/// <param name="limiter">Counts.</param>
/// <param name="counted">What it counts.</param>
public sealed class RateLimitCheck(IRateLimiter limiter, RateLimited counted = RateLimited.Messages) : SmtpCheck
{
    /// <summary>Whom a connection counts for; null counts for nobody. Default: the user, or else the IPv4 address or IPv6 /64 of the client.</summary>
    public Func<SmtpConnection, MailTransaction, string?> Key { get; init; } = static (connection, _) =>
        connection.Identity is { } identity ? "user " + identity.User : ClientNetwork.Of(connection.RemoteEndPoint);

    /// <summary>What is answered over the limit. Default 450 4.7.1.</summary>
    public SmtpReply Refusal { get; init; } = new(450, new(4, 7, 1), "Too much mail from you for now, try again later");

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnMailAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        counted == RateLimited.Messages ? TakeAsync(connection, transaction, cancellationToken) : new(SmtpReply.Continue);

    /// <inheritdoc/>
    public override ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        counted == RateLimited.Recipients ? TakeAsync(connection, transaction, cancellationToken) : new(SmtpReply.Continue);

    private async ValueTask<SmtpReply> TakeAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken) =>
        Key(connection, transaction) is not { } key || await limiter.TryTakeAsync(key, cancellationToken).ConfigureAwait(false)
            ? SmtpReply.Continue
            : Refusal;
}
