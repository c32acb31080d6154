using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>What was read out of messages, and the search in it.</summary>
internal sealed partial class SqliteMessageStore
{
    public Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MessageToIndex>>([]);

    public Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> CountToIndexAsync(CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
}
