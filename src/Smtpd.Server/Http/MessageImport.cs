using System.Buffers;
using Smtpd.Server.Exchange;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary>Stores messages that come as files. Their envelope is made up from their header, or from what an mbox file says.</summary>
internal sealed class MessageImport(IMessageStore store, ServerSettings settings, TimeProvider clock)
{
    private const int Together = 32; // so that many small ones share a commit
    private const int BufferSize = 64 << 10;
    private const int MaximumRecipients = 100;

    public async Task ReadOneAsync(ImportBatch batch, Stream body, long? length, CancellationToken cancellationToken)
    {
        if (await CollectAsync(batch, body, length, clock.GetUtcNow(), null, cancellationToken) is Task<StoreResult> storing)
            batch.Count(await storing);
    }

    public async Task ReadMboxAsync(ImportBatch batch, Stream body, CancellationToken cancellationToken)
    {
        MboxReader reader = new(body);
        Queue<Task<StoreResult>> storing = new();
        try
        {
            while (batch.Failure is null or ImportFailure.TooLarge && await reader.NextAsync(cancellationToken) is MboxMessage message)
            {
                var now = clock.GetUtcNow();
                var receivedAt = message.Date < now ? message.Date.Value : now;
                if (await CollectAsync(batch, message.Content, null, receivedAt, message.Sender, cancellationToken) is Task<StoreResult> one)
                    storing.Enqueue(one);
                if (storing.Count == Together)
                    batch.Count(await storing.Dequeue());
            }
        }
        finally
        {
            // Begun is begun: each will be in the mailbox.
            while (storing.TryDequeue(out var one))
                batch.Count(await one);
        }
    }

    /// <returns>The running storing, or <c>null</c> when there is nothing to store.</returns>
    private async Task<Task<StoreResult>?> CollectAsync(
        ImportBatch batch, Stream octets, long? length, DateTimeOffset receivedAt, string? sender, CancellationToken cancellationToken)
    {
        if (store.Refusal(length) is not null)
        {
            batch.Failure = ImportFailure.NoRoom;
            return null;
        }

        var id = store.NextId();
        var content = store.CreateContent(id, length);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await octets.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken)) > 0)
            {
                if (content.Length + read > batch.MaximumMessageOctets)
                {
                    batch.Refuse();
                    await content.DisposeAsync();
                    return null;
                }

                content.Append(buffer.AsSpan(0, read));
            }

            if (content.Length == 0)
            {
                await content.DisposeAsync();
                return null;
            }
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return StoreAsync(Compose(batch, id, receivedAt, sender, HeaderBlock.Read(content.Beginning)), content, cancellationToken);
    }

    private async Task<StoreResult> StoreAsync(NewMessage message, IMessageContent content, CancellationToken cancellationToken)
    {
        await using (content)
            return await store.StoreAsync(message, content, cancellationToken);
    }

    private NewMessage Compose(ImportBatch batch, MessageId id, DateTimeOffset receivedAt, string? sender, HeaderSummary summary)
    {
        string[] recipients = [.. summary.To.Concat(summary.Cc).Select(each => each.Address).Where(each => MailAddress.TryParse(each, out _)).Distinct(StringComparer.Ordinal).Take(MaximumRecipients)];
        sender ??= summary.From?.Address;
        MessageEnvelope envelope = new(
            sender is not null && MailAddress.TryParse(sender, out _) ? sender : "", recipients.Length, "", batch.RemoteAddress, settings.Smtp.Hostname ?? Environment.MachineName, "HTTP", null, null);
        // To the millisecond, as the store keeps it.
        return new(id, DateTimeOffset.FromUnixTimeMilliseconds(receivedAt.ToUnixTimeMilliseconds()), envelope, summary, [new Delivery(batch.MailboxId, recipients)]);
    }
}

internal enum ImportFailure
{
    TooLarge,
    NoMailbox,
    NoRoom,
}

/// <summary>How far an import is.</summary>
internal sealed class ImportBatch(int mailboxId, long maximumMessageOctets, string? remoteAddress)
{
    private const int MaximumUids = 10_000;

    private readonly List<long> uids = [];

    public int MailboxId => mailboxId;
    public long MaximumMessageOctets => maximumMessageOctets;
    public string? RemoteAddress => remoteAddress;
    public IReadOnlyList<long> Uids => uids;
    public long Imported { get; private set; }
    public long Refused { get; private set; }
    public ImportFailure? Failure { get; set; }

    public void Refuse()
    {
        Refused++;
        Failure ??= ImportFailure.TooLarge;
    }

    public void Count(StoreResult result)
    {
        if (result.Outcome != StoreOutcome.Stored)
        {
            Failure = result.Outcome == StoreOutcome.NoMailbox ? ImportFailure.NoMailbox : ImportFailure.NoRoom;
            return;
        }

        Imported++;
        if (uids.Count < MaximumUids)
            uids.AddRange(result.Messages.Select(each => each.Uid));
    }
}
