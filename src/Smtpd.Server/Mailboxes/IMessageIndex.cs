using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Mailboxes;

/// <summary>What is read out of messages after their commit, and the search in it. All of it is derived: made again from the content at any time.</summary>
internal interface IMessageIndex
{
    /// <summary>Messages that are stored and not indexed yet, the oldest first, for the caller alone: nobody else is told of them for <paramref name="patience"/>.</summary>
    Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken);

    /// <returns>The octets as received, or <c>null</c> when the message is gone.</returns>
    Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken);

    /// <summary>Keeps what was read of messages and makes them findable by it. Again for the same message: the last one holds. What is gone meanwhile is passed over.</summary>
    Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken);

    /// <summary>How many messages wait to be indexed.</summary>
    Task<long> CountToIndexAsync(CancellationToken cancellationToken);

    /// <summary>Messages that a query finds, in the order of their ids.</summary>
    /// <exception cref="StoreUnavailableException">It took too long; the message says so.</exception>
    Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken);
}

internal sealed record MessageToIndex(MessageId Id, HeaderSummary Summary, IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>Larger content is not given along.</summary>
    public const int LargestContent = 64 << 10;

    /// <summary>The octets as received, where the store has them at hand; else they are to be opened.</summary>
    public byte[]? Content { get; init; }
}

/// <param name="Document">Its <see cref="SearchDocument.Recipients"/> and <see cref="SearchDocument.Bcc"/> are empty: see <paramref name="Deliveries"/>.</param>
/// <param name="Excerpt">The beginning of the text, for highlights; empty for content below <see cref="SmallestWithExcerpt"/>.</param>
internal sealed record IndexedMessage(
    MessageId Id, MessageReading Reading, SearchDocument Document, string Excerpt, IReadOnlyList<IndexedDelivery> Deliveries)
{
    public const int MaximumExcerptLength = 16 * 1024;

    /// <summary>Octets. Smaller content is read again when the message is found: to keep its text as well would cost every message a tenth more.</summary>
    public const int SmallestWithExcerpt = 16 * 1024;
}

/// <summary>What a message says to one mailbox alone: nobody shall find it by somebody else's recipients. Tokens, as in <see cref="SearchDocument"/>.</summary>
internal sealed record IndexedDelivery(int MailboxId, string Recipients, string Bcc);

/// <param name="MailboxIds">Where to look; <c>null</c> is everywhere.</param>
/// <param name="After">The last one seen, or <c>null</c> to begin.</param>
internal sealed record SearchRequest(SearchQuery Query, IReadOnlyCollection<int>? MailboxIds, SearchCursor? After, int Limit, bool Descending);

/// <summary>A place in the results: ordered by message, then by mailbox.</summary>
internal readonly record struct SearchCursor(MessageId Id, int MailboxId);

/// <param name="Excerpt">See <see cref="IndexedMessage.Excerpt"/>; empty before it was read.</param>
/// <param name="Content">The octets of a message below <see cref="IndexedMessage.SmallestWithExcerpt"/>; <c>null</c> for a larger one, or when they are in a file.</param>
internal sealed record SearchHit(Message Message, string Excerpt, byte[]? Content)
{
    public SearchCursor Cursor => new(Message.Id, Message.MailboxId);
}
