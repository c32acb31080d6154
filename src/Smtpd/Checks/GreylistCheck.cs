using Smtpd.Checks;

namespace Smtpd;

/// <summary>Who sends to whom from where: what greylisting remembers (RFC 6647 §2.3).</summary>
/// <param name="Network">The client's /24 in IPv4 or /64 in IPv6, as large senders come back from a neighbour.</param>
/// <param name="Sender">The reverse-path, lower-case; empty for the null sender.</param>
/// <param name="Recipient">The forward-path, lower-case.</param>
public readonly record struct GreylistTriplet(string Network, string Sender, string Recipient);

/// <summary>What is known of a triplet.</summary>
/// <param name="FirstSeen">When it was first refused.</param>
/// <param name="HasPassed">Whether it has come back in time.</param>
public sealed record GreylistEntry(DateTimeOffset FirstSeen, bool HasPassed);

/// <summary>Remembers triplets. What is forgotten is greylisted again.</summary>
public interface IGreylistStore
{
    /// <summary>Finds what is known of a triplet; null when nothing is.</summary>
    ValueTask<GreylistEntry?> FindAsync(GreylistTriplet triplet, CancellationToken cancellationToken);

    /// <summary>Keeps what is known of a triplet.</summary>
    ValueTask SetAsync(GreylistTriplet triplet, GreylistEntry entry, CancellationToken cancellationToken);
}

/// <summary>Remembers triplets in this process. Thread-safe.</summary>
public sealed class InMemoryGreylistStore : IGreylistStore
{
    private readonly ForgettingMap<GreylistEntry> entries;

    /// <summary>Makes an empty store.</summary>
    /// <param name="timeProvider">The clock; null is the system's.</param>
    /// <param name="lifetime">How long a triplet is remembered after it was last seen, and up to twice as long. Default 36 days, for a letter that comes once a month.</param>
    /// <param name="capacity">Triplets that are remembered at a time; the ones not seen longest are forgotten first.</param>
    public InMemoryGreylistStore(TimeProvider? timeProvider = null, TimeSpan? lifetime = null, int capacity = 500_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        entries = new ForgettingMap<GreylistEntry>(capacity, lifetime ?? TimeSpan.FromDays(36), timeProvider ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public ValueTask<GreylistEntry?> FindAsync(GreylistTriplet triplet, CancellationToken cancellationToken) => new(entries.Find(Key(triplet)));

    /// <inheritdoc/>
    public ValueTask SetAsync(GreylistTriplet triplet, GreylistEntry entry, CancellationToken cancellationToken)
    {
        entries.Set(Key(triplet), entry);
        return ValueTask.CompletedTask;
    }

    // No address holds a line break.
    private static string Key(GreylistTriplet triplet) => $"{triplet.Network}\n{triplet.Sender}\n{triplet.Recipient}";
}

/// <summary>Greylisting (RFC 6647): a sender that is not known yet is asked to come back, which a mail server does and a spam engine mostly does not.</summary>
/// <remarks>At RCPT, with 451 4.7.1. Clients without an IP address and those that have authenticated are let through.</remarks>
/// <param name="store">Remembers who was here.</param>
public sealed class GreylistCheck(IGreylistStore store) : SmtpCheck
{
    // RFC 6647 §3.1 speaks of /24.
    private const int NetworkBits = 24;

    /// <summary>How long a sender must wait at least. Default 5 minutes.</summary>
    // RFC 6647 §5: between one minute and 24 hours; most queues come back after five to fifteen minutes.
    public TimeSpan Delay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Until when it must have come back, or it begins anew. Default 2 days.</summary>
    public TimeSpan RetryWindow { get; init; } = TimeSpan.FromDays(2);

    /// <summary>What an unknown sender is told. Default 451 4.7.1.</summary>
    public SmtpReply Refusal { get; init; } = new(451, new(4, 7, 1), "Greylisted, try again in some minutes");

    /// <inheritdoc/>
    public override async ValueTask<SmtpReply> OnRecipientAsync(
        SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(recipient);
        if (connection.Identity is not null || ClientNetwork.Of(connection.RemoteEndPoint, NetworkBits) is not { } network)
            return SmtpReply.Continue;
        var triplet = new GreylistTriplet(network, transaction.Sender.Email.ToLowerInvariant(), recipient.Address.Email.ToLowerInvariant());
        var now = connection.TimeProvider.GetUtcNow();
        var entry = await store.FindAsync(triplet, cancellationToken).ConfigureAwait(false);
        if (entry is { HasPassed: true })
            return SmtpReply.Continue;
        if (entry is null || now - entry.FirstSeen > RetryWindow)
        {
            await store.SetAsync(triplet, new GreylistEntry(now, HasPassed: false), cancellationToken).ConfigureAwait(false);
            return Refusal;
        }

        if (now - entry.FirstSeen < Delay)
            return Refusal;
        await store.SetAsync(triplet, entry with { HasPassed = true }, cancellationToken).ConfigureAwait(false);
        return SmtpReply.Continue;
    }
}
