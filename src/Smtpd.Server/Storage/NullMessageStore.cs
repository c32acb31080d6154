using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Accepts and forgets: what remains is the cost of the protocol.</summary>
internal sealed class NullMessageStore(TimeProvider clock) : IMessageStore
{
    private readonly MessageIdSource ids = new(clock);
    private readonly Mailbox mailbox = new(Mailbox.DefaultId, new MailboxSettings(Mailbox.DefaultName), clock.GetUtcNow(), 0, 0, 0);

    public bool KeepsMessages => false;

    public MailFeed Feed { get; } = new();

    public MessageId NextId() => ids.Next();

    public IMessageContent CreateContent(MessageId id, long? declaredSize) => new Nothing();

    public ValueTask<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken) =>
        new(new StoreResult(StoreOutcome.Stored, []));

    public StoreOutcome? Refusal(long? declaredSize) => null;

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Project>> ListProjectsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Project>>([new Project(Project.DefaultId, Project.DefaultName, mailbox.CreatedAt)]);

    public Task<Project?> AddProjectAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Project?>(null);

    public Task<ProjectChange> RenameProjectAsync(int projectId, string name, CancellationToken cancellationToken) => Task.FromResult(ProjectChange.NoProject);

    public Task<ProjectChange> RemoveProjectAsync(int projectId, CancellationToken cancellationToken) => Task.FromResult(ProjectChange.NoProject);

    public Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Mailbox>>([mailbox]);

    public Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(MailboxQuery query, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Mailbox>>(query.After < mailbox.Id && query.ProjectId is null or Project.DefaultId ? [mailbox] : []);

    public ValueTask<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) => new(mailboxId == mailbox.Id ? mailbox : null);

    public Task<Mailbox?> FindMailboxAsync(string name, CancellationToken cancellationToken) => Task.FromResult(name is Mailbox.DefaultName ? mailbox : null);

    public Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken) =>
        Task.FromResult(new MailboxAddition(null, mailbox.Settings.Name));

    public Task<MailboxAddition> ChangeMailboxAsync(int mailboxId, Func<MailboxSettings, MailboxSettings> change, CancellationToken cancellationToken) =>
        Task.FromResult(new MailboxAddition(null, null));

    public Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<int>> ListExpiredMailboxesAsync(DateTimeOffset now, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<int>>([]);

    public Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => Task.FromResult<MailboxCredential?>(null);

    public Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(int? mailboxId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<MailboxCredential>>([]);

    public Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken) => Task.FromResult(AccessChange.NoMailbox);

    public Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken) => Task.FromResult<byte[]>([]);

    public ValueTask<IReadOnlyList<(string Key, int MailboxId)>> FindRulesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new([]);

    public Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(int? mailboxId, AddressRuleKind? kind, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MailboxAddress>>([]);

    public Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken) => Task.FromResult(AccessChange.NoMailbox);

    public Task<bool> RemoveAddressAsync(string key, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Message>>([]);

    public Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult<Message?>(null);

    public Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

    public Task<string?> ReadTranscriptAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public Task<int> ChangeAsync(int mailboxId, IReadOnlyCollection<long> uids, MessageChange change, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<IReadOnlyList<(string Tag, long Messages)>> ListTagsAsync(int mailboxId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<(string Tag, long Messages)>>([]);

    public Task<int> DeleteAsync(int mailboxId, IReadOnlyCollection<long> uids, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<int> DeleteOlderAsync(int mailboxId, DateTimeOffset before, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int mailboxId, LeaseRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<LeasedMessage>>([]);

    public Task<bool> AcknowledgeAsync(int mailboxId, long uid, string token, bool delete, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> ReleaseAsync(int mailboxId, long uid, string token, TimeSpan delay, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<DeadMessage>> ListDeadAsync(int mailboxId, long? after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeadMessage>>([]);

    public Task<bool> ReviveAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<MessageToIndex>> ClaimToIndexAsync(int limit, TimeSpan patience, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MessageToIndex>>([]);

    public Task<Stream?> OpenContentAsync(MessageId id, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

    public Task IndexAsync(IReadOnlyList<IndexedMessage> messages, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<long> CountToIndexAsync(CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SearchHit>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Nothing : IMessageContent
    {
        public long Length { get; private set; }

        public ReadOnlySpan<byte> Beginning => [];

        public void Append(ReadOnlySpan<byte> octets) => Length += octets.Length;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
