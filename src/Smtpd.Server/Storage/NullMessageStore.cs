using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Accepts and forgets: what remains is the cost of the protocol.</summary>
internal sealed class NullMessageStore(TimeProvider clock) : IMessageStore
{
    private readonly MessageIdSource ids = new(clock);
    private readonly Mailbox mailbox = new(Mailbox.DefaultId, Mailbox.DefaultName, clock.GetUtcNow(), 0, 0);

    public bool KeepsMessages => false;

    public MessageId NextId() => ids.Next();

    public IMessageContent CreateContent(MessageId id, long? declaredSize) => new Nothing();

    public ValueTask<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken) =>
        new(new StoreResult(StoreOutcome.Stored, []));

    public StoreOutcome? Refusal(long? declaredSize) => null;

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Mailbox>> ListMailboxesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Mailbox>>([mailbox]);

    public Task<Mailbox?> FindMailboxAsync(int mailboxId, CancellationToken cancellationToken) =>
        Task.FromResult(mailboxId == mailbox.Id ? mailbox : null);

    public Task<MailboxAddition> AddMailboxAsync(NewMailbox mailbox, CancellationToken cancellationToken) => Task.FromResult(new MailboxAddition(null, mailbox.Name));

    public Task<bool> RemoveMailboxAsync(int mailboxId, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<MailboxCredential?> FindCredentialAsync(string user, CancellationToken cancellationToken) => Task.FromResult<MailboxCredential?>(null);

    public Task<IReadOnlyList<MailboxCredential>> ListCredentialsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<MailboxCredential>>([]);

    public Task<AccessChange> AddCredentialAsync(MailboxCredential credential, CancellationToken cancellationToken) => Task.FromResult(AccessChange.NoMailbox);

    public Task<bool> ChangePasswordAsync(string user, string verifier, string? clearSecret, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> RemoveCredentialAsync(string user, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<byte[]> ReadUnknownUserKeyAsync(CancellationToken cancellationToken) => Task.FromResult<byte[]>([]);

    public ValueTask<int?> FindMailboxIdAsync(MailAddress address, CancellationToken cancellationToken) => new((int?)null);

    public Task<IReadOnlyList<MailboxAddress>> ListAddressesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<MailboxAddress>>([]);

    public Task<AccessChange> AddAddressAsync(MailboxAddress address, CancellationToken cancellationToken) => Task.FromResult(AccessChange.NoMailbox);

    public Task<bool> RemoveAddressAsync(MailAddress address, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<IReadOnlyList<Message>> ListAsync(int mailboxId, MessageQuery query, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Message>>([]);

    public Task<Message?> FindAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult<Message?>(null);

    public Task<Stream?> OpenContentAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

    public Task<bool> DeleteAsync(int mailboxId, long uid, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<int> DeleteAllAsync(int mailboxId, CancellationToken cancellationToken) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Nothing : IMessageContent
    {
        public long Length { get; private set; }

        public ReadOnlySpan<byte> Beginning => [];

        public void Append(ReadOnlySpan<byte> octets) => Length += octets.Length;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
