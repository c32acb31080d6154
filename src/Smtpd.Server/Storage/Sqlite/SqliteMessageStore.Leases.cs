using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>Mailboxes as work queues.</summary>
internal sealed partial class SqliteMessageStore
{
    public async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int mailboxId, LeaseRequest request, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        var leases = await WriteAsync(batch => batch.Leases.Take(mailboxId, request, now));
        if (leases.Count == 0)
            return [];
        var messages = (await reader.FindAsync(mailboxId, leases.Select(each => each.Uid), cancellationToken)).ToDictionary(each => each.Uid);
        return [.. leases.Where(each => messages.ContainsKey(each.Uid)).Select(each => new LeasedMessage(messages[each.Uid], each.Token, each.Attempt, each.Until))];
    }

    public Task<bool> AcknowledgeAsync(int mailboxId, long uid, string token, bool delete, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        return delete ? DeleteLeasedAsync(mailboxId, uid, token, now) : WriteAsync(batch => batch.Leases.TryEnd(mailboxId, uid, token, now));
    }

    public Task<bool> ReleaseAsync(int mailboxId, long uid, string token, TimeSpan delay, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        return WriteAsync(batch => batch.Leases.TryRelease(mailboxId, uid, token, delay, now));
    }

    public async Task<IReadOnlyList<DeadMessage>> ListDeadAsync(int mailboxId, long? after, int limit, CancellationToken cancellationToken)
    {
        var dead = await reader.ListDeadAsync(mailboxId, after ?? 0, limit, cancellationToken);
        var messages = (await reader.FindAsync(mailboxId, dead.Select(each => each.Uid), cancellationToken)).ToDictionary(each => each.Uid);
        return [.. dead.Where(each => messages.ContainsKey(each.Uid)).Select(each => new DeadMessage(messages[each.Uid], each.Attempts))];
    }

    public Task<bool> ReviveAsync(int mailboxId, long uid, CancellationToken cancellationToken)
    {
        var now = options.Clock.GetUtcNow();
        return WriteAsync(batch => batch.Leases.TryRevive(mailboxId, uid, now));
    }

    private async Task<bool> DeleteLeasedAsync(int mailboxId, long uid, string token, DateTimeOffset now) =>
        await RemoveSomeAsync((batch, useless) => batch.Leases.TryEnd(mailboxId, uid, token, now) && batch.Messages.TryRemove(mailboxId, uid, useless) ? 1 : 0) > 0;
}
