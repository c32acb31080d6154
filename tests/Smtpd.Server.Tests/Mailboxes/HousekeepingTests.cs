using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Mailboxes;

public sealed class HousekeepingTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_000));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Old_messages_and_mailboxes_whose_time_is_over_go()
    {
        await using var store = await OpenAsync();
        var aging = await AddAsync(store, new MailboxSettings("aging") { Limits = MailboxQuota.None with { Age = TimeSpan.FromHours(1) } });
        var ephemeral = await AddAsync(store, new MailboxSettings("ephemeral") { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromMinutes(90) });
        await StoreAsync(store, aging, ephemeral);
        await StoreAsync(store, aging);
        await store.ChangeAsync(aging, [2], new(Pinned: true), Cancel);
        await using Housekeeping housekeeping = new(store, clock, NullLogger.Instance);

        clock.Advance(TimeSpan.FromMinutes(59));
        await StoreAsync(store, aging);
        await housekeeping.SweepAsync(Cancel);
        Assert.Equal([1, 2, 3], await UidsAsync(store, aging));

        clock.Advance(TimeSpan.FromMinutes(2));
        await housekeeping.SweepAsync(Cancel);
        Assert.Equal([2, 3], await UidsAsync(store, aging));
        Assert.Equal([1], await UidsAsync(store, ephemeral));

        clock.Advance(TimeSpan.FromMinutes(29));
        await housekeeping.SweepAsync(Cancel);
        Assert.Null(await store.FindMailboxAsync(ephemeral, Cancel));
        Assert.Equal([2, 3], await UidsAsync(store, aging));
    }

    [Fact]
    public async Task An_age_of_more_than_all_time_keeps_no_other_mailbox_from_being_swept()
    {
        await using var store = await OpenAsync();
        await AddAsync(store, new MailboxSettings("for ever") { Limits = MailboxQuota.None with { Age = TimeSpan.FromDays(9_999_999) } });
        var aging = await AddAsync(store, new MailboxSettings("aging") { Limits = MailboxQuota.None with { Age = TimeSpan.FromHours(1) } });
        await StoreAsync(store, aging);
        await using Housekeeping housekeeping = new(store, clock, NullLogger.Instance);

        clock.Advance(TimeSpan.FromHours(2));
        await housekeeping.SweepAsync(Cancel);

        Assert.Empty(await UidsAsync(store, aging));
    }

    [Fact]
    public async Task It_sweeps_every_minute_until_it_is_stopped()
    {
        await using var store = await OpenAsync();
        var ephemeral = await AddAsync(store, new MailboxSettings("ephemeral") { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromMinutes(1) });
        TaskCompletionSource removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Feed.Subscribe(happened =>
        {
            if (happened is MailboxChanged changed && changed.MailboxId == ephemeral)
                removed.TrySetResult();
        });
        await using (Housekeeping housekeeping = new(store, clock, NullLogger.Instance))
        {
            housekeeping.Start();
            // The timer may not be there yet: time goes on until it rings.
            while (!removed.Task.IsCompleted)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                await Task.WhenAny(removed.Task, Task.Delay(10, Cancel));
            }
        }

        Assert.Null(await store.FindMailboxAsync(ephemeral, Cancel));
    }

    private async Task<IMessageStore> OpenAsync() => await SqliteMessageStore.OpenAsync(
        new StorageOptions { Directory = directory["data"], MinimumFreeBytes = 0, Clock = clock }, NullLogger.Instance, besideServer: false, Cancel);

    private static async Task<int> AddAsync(IMessageStore store, MailboxSettings settings) => (await store.AddMailboxAsync(new(settings, [], []), Cancel)).Mailbox!.Id;

    private async Task StoreAsync(IMessageStore store, params int[] mailboxes)
    {
        var id = store.NextId();
        await using var content = store.CreateContent(id, null);
        content.Append("Subject: x\r\n\r\n"u8);
        MessageEnvelope envelope = new("a@x.test", 1, "client.test", null, "mx.test", "ESMTP", null, null);
        var result = await store.StoreAsync(new(id, clock.GetUtcNow(), envelope, HeaderSummary.Empty, [.. mailboxes.Select(each => new Delivery(each, ["b@y.test"]))]), content, Cancel);
        Assert.Equal(StoreOutcome.Stored, result.Outcome);
    }

    private static async Task<IEnumerable<long>> UidsAsync(IMessageStore store, int mailboxId) =>
        (await store.ListAsync(mailboxId, new(null, 100, Descending: false), Cancel)).Select(each => each.Uid);
}
