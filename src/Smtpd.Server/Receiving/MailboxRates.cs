using System.Collections.Concurrent;
using System.Globalization;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Receiving;

/// <summary>Counts messages of mailboxes that have a rate, on this node. Thread-safe.</summary>
internal sealed class MailboxRates(TimeProvider clock)
{
    // Rates are set by people, so there are few different ones; more than this are somebody's mistake, and begin anew.
    private const int MaximumRates = 1000;

    private static readonly SmtpReply Defer = new(451, new EnhancedStatus(4, 7, 1), "Too many messages for this mailbox, try again later");
    private static readonly SmtpReply Close = new(421, new EnhancedStatus(4, 7, 0), "Too many messages for this mailbox, closing the connection");

    private readonly ConcurrentDictionary<(int Messages, TimeSpan Window), InMemoryRateLimiter> limiters = [];

    /// <summary>Counts one more message.</summary>
    /// <returns>The refusal when it is one too many, else <c>null</c>.</returns>
    public async ValueTask<SmtpReply?> TakeAsync(int mailboxId, MailboxRate? rate, CancellationToken cancellationToken)
    {
        if (rate is null)
            return null;
        if (limiters.Count >= MaximumRates)
            limiters.Clear();
        var limiter = limiters.GetOrAdd((rate.Messages, rate.Window), static (key, clock) => new InMemoryRateLimiter(key.Messages, key.Window, clock), clock);
        if (await limiter.TryTakeAsync(mailboxId.ToString(CultureInfo.InvariantCulture), cancellationToken))
            return null;
        return rate.Refusal switch
        {
            RateRefusal.Defer => Defer,
            RateRefusal.Close => Close,
            _ => SmtpReply.TooManyMessages,
        };
    }
}
