using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Storage;

/// <summary>The contract with large messages in object storage, and what is true of that alone.</summary>
public sealed class ObjectContentTests : MessageStoreContract
{
    private readonly TemporaryDirectory directory = new();
    private ObjectServer? server;

    private ObjectServer Server => server!;

    private protected override async Task<IMessageStore> OpenAsync()
    {
        server ??= await ObjectServer.StartAsync(Cancel);
        return await OpenAsync(Server.Options);
    }

    protected override void DisposeData()
    {
        server?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        directory.Dispose();
    }

    private protected override async Task AssertNothingIsKeptAsync()
    {
        await Poll.UntilAsync(() => Server.Keys.Count == 0, Cancel);
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
    }

    [Fact]
    public async Task Large_messages_are_objects_and_small_ones_are_not()
    {
        await StoreAsync(NewMessage(), Octets(1000));
        Assert.Empty(Server.Keys);
        var large = await StoreAsync(NewMessage(), Octets(300_000));
        Assert.Equal(["smtpd/" + large.Messages[0].Id], Server.Keys);
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
        Assert.False(Directory.Exists(directory["content"]));
    }

    [Fact]
    public async Task An_object_is_read_from_where_it_is_sought()
    {
        var octets = Octets(400_000);
        await StoreAsync(NewMessage(), octets);
        await using var content = (await Store.OpenContentAsync(1, 1, Cancel))!;
        Assert.Equal(400_000, content.Length);
        var some = new byte[1000];
        content.Seek(350_000, SeekOrigin.Begin);
        await content.ReadExactlyAsync(some, Cancel);
        Assert.Equal(octets[350_000..351_000], some);
        content.Position = 10;
        await content.ReadExactlyAsync(some, Cancel);
        Assert.Equal(octets[10..1010], some);
        content.Seek(-5, SeekOrigin.End);
        Assert.Equal(5, await content.ReadAtLeastAsync(some, 1000, throwOnEndOfStream: false, Cancel));
    }

    [Fact]
    public async Task When_object_storage_fails_the_message_is_not_kept_and_the_next_is()
    {
        Server.Failure = 500;
        Assert.Equal(StoreOutcome.Failed, (await StoreAsync(NewMessage(), Octets(300_000))).Outcome);
        Assert.Equal(StoreOutcome.Stored, (await StoreAsync(NewMessage(), Octets(1000))).Outcome);
        Server.Failure = null;
        Assert.Equal(StoreOutcome.Stored, (await StoreAsync(NewMessage(), Octets(300_000))).Outcome);
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L);
    }

    [Fact]
    public async Task A_start_sweeps_old_objects_of_nobody_over_all_pages()
    {
        var kept = (await StoreAsync(NewMessage(), Octets(300_000))).Messages[0].Id;
        var young = "smtpd/" + Store.NextId();
        Server.Put(young, [1]);
        Server.Now = DateTime.UtcNow - TimeSpan.FromHours(2);
        for (var i = 0; i < 5; i++)
            Server.Put("smtpd/" + Store.NextId(), [1]);
        Server.Put("other/" + Store.NextId(), [1]);
        Server.Put("smtpd/somebody-else.txt", [1]);
        await ReopenAsync();
        Assert.Equal(4, Server.Keys.Count);
        Assert.Contains("smtpd/" + kept, Server.Keys);
        Assert.Contains(young, Server.Keys); // another server may be about to commit it
    }

    [Fact]
    public async Task Another_place_than_the_remembered_one_is_refused()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        await CloseAsync();
        var e = await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(null));
        Assert.Contains("Storage:S3", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(Server.Options with { Prefix = "elsewhere/" }));
    }

    private async Task<IMessageStore> OpenAsync(ObjectStorageOptions? objects) => await SqliteMessageStore.OpenAsync(
        new StorageOptions { Directory = directory.Path, MinimumFreeBytes = 0, Objects = objects }, NullLogger.Instance, besideServer: false, Cancel);
}
