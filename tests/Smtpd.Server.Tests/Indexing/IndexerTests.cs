using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Indexing;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Indexing;

public sealed class IndexerTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_message_whose_file_is_missing_keeps_no_other_from_being_indexed()
    {
        await using var store = await SqliteMessageStore.OpenAsync(
            new StorageOptions { Directory = directory["data"], MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);
        var mailboxId = (await store.AddMailboxAsync(new(new MailboxSettings("inbox"), [], []), Cancel)).Mailbox!.Id;
        await StoreAsync(store, mailboxId, 10);
        var missing = await StoreAsync(store, mailboxId, StorageOptions.InlineBytes);
        await StoreAsync(store, mailboxId, 10);
        File.Delete(Path.Combine(directory["data"], "content", missing.ToString()));
        await using Indexer indexer = new(store, TimeProvider.System, NullLogger.Instance);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => indexer.IndexSomeAsync(Cancel));

        Assert.Equal(1, await store.CountToIndexAsync(Cancel));
        var messages = await store.ListAsync(mailboxId, new(null, 10, Descending: false), Cancel);
        Assert.Equal([true, false, true], messages.Select(each => each.Reading is not null));
    }

    private static async Task<MessageId> StoreAsync(SqliteMessageStore store, int mailboxId, int length)
    {
        var id = store.NextId();
        await using var content = store.CreateContent(id, null);
        content.Append("Subject: x\r\n\r\n"u8);
        content.Append(new byte[length]);
        MessageEnvelope envelope = new("a@x.test", 1, "client.test", null, "mx.test", "ESMTP", null, null);
        var result = await store.StoreAsync(new(id, DateTimeOffset.UnixEpoch, envelope, HeaderSummary.Empty, [new Delivery(mailboxId, ["b@y.test"])]), content, Cancel);
        Assert.Equal(StoreOutcome.Stored, result.Outcome);
        return id;
    }
}
