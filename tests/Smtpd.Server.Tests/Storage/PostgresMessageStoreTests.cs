using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Tests.Storage;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Smtpd.Server.Tests.Storage;

/// <summary>The contract on PostgreSQL, and what is true of PostgreSQL alone.</summary>
public sealed class PostgresMessageStoreTests(SharedPostgres shared) : MessageStoreContract
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory directory = new();
    private PostgresCluster? cluster;
    private string? database;
    private Action<StorageStep>? before;
    private Func<StorageOptions, StorageOptions> adjust = options => options;

    private protected override async Task<IMessageStore> OpenAsync()
    {
        cluster ??= await shared.StartAsync();
        database ??= await cluster.CreateDatabaseAsync();
        return await OpenAsync(cluster.Url(database));
    }

    protected override void DisposeData() => directory.Dispose();

    private protected override async Task AssertNothingIsKeptAsync()
    {
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
        Assert.Empty(Directory.EnumerateFiles(directory["content"]));
        foreach (var table in new[] { "messages", "contents", "transcripts", "deliveries", "delivery_tags", "tags", "leases", "to_index", "readings", "words" })
            Assert.True(0L.Equals(await ExecuteAsync($"SELECT count(*) FROM {table}")), table);
    }

    // ---- Failing steps and failing connections

    [Theory]
    [InlineData(100, 1)]
    [InlineData(400_000, 2)]
    public async Task Whichever_step_fails_nothing_is_half_kept(int size, int mailboxes)
    {
        if (mailboxes == 2)
            await AddAsync("second");
        Delivery[] deliveries = [.. Enumerable.Range(1, mailboxes).Select(id => new Delivery(id, ["b@y.test"]))];
        var failures = 0;
        for (StorageStep? failed; ; failures++)
        {
            failed = null;
            var step = 0;
            before = each =>
            {
                if (++step == failures + 1)
                {
                    failed = each;
                    throw new IOException("injected");
                }
            };
            StoreOutcome outcome;
            try
            {
                outcome = (await StoreAsync(NewMessage(deliveries: deliveries), Octets(size))).Outcome;
            }
            catch (StoreUnavailableException)
            {
                outcome = StoreOutcome.Failed; // while content was still coming in
            }

            before = null;
            if (failed is null)
            {
                Assert.Equal(StoreOutcome.Stored, outcome);
                break;
            }

            Assert.True(outcome == StoreOutcome.Failed, $"{failed} failed, outcome {outcome}");
            await AssertNothingIsKeptAsync();
        }

        Assert.True(failures >= (size > StorageOptions.InlineBytes ? 8 : 4) + 2 * mailboxes - 1, $"only {failures} steps could fail");
        await AssertUidsAsync(new(null, 10, Descending: true), 1L);
        Assert.Equal(Octets(size), await ReadAsync(1, 1));
    }

    [Fact]
    public async Task A_store_whose_sessions_were_ended_works_again_by_itself()
    {
        await StoreAsync(NewMessage(), Octets(10));
        var heard = Hear();
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await EventuallyAsync(async () => (await StoreAsync(NewMessage(), Octets(20))).Outcome == StoreOutcome.Stored);
        await EventuallyAsync(async () => (await Store.ListAsync(1, new(null, 10, Descending: false), Cancel)).Count >= 2);
        // What happened on other nodes meanwhile nobody has told us.
        await EventuallyAsync(() => Task.FromResult(heard().OfType<MailboxOverrun>().Any(each => each.MailboxId == 1)));
    }

    [Fact]
    public async Task Only_the_message_that_cannot_be_stored_is_refused()
    {
        await StoreAsync(NewMessage(), Octets(10));
        var taken = (await Store.FindAsync(1, 1, Cancel))!.Id;
        using ManualResetEventSlim firstRuns = new(), goOn = new();
        var transactions = 0;
        before = step =>
        {
            if (step != StorageStep.BeginTransaction || Interlocked.Increment(ref transactions) > 1)
                return;
            firstRuns.Set();
            goOn.Wait(Cancel);
        };
        var first = StoreAsync(NewMessage(), Octets(11));
        firstRuns.Wait(Cancel);
        // These three are one batch, and one has an id that somebody else has used.
        Task<StoreResult>[] others = [StoreAsync(NewMessage(), Octets(12)), StoreAsync(NewMessage(taken), Octets(13)), StoreAsync(NewMessage(), Octets(14))];
        goOn.Set();
        Assert.Equal(StoreOutcome.Stored, (await first).Outcome);
        Assert.Equal([StoreOutcome.Stored, StoreOutcome.Failed, StoreOutcome.Stored], (await Task.WhenAll(others)).Select(each => each.Outcome));
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L, 3L, 4L);
        Assert.Equal(Octets(10), await ReadAsync(1, 1));
    }

    [Fact]
    public async Task Text_that_PostgreSQL_cannot_keep_does_not_keep_a_message_out()
    {
        var message = NewMessage(summary: new("a\0b\uD800c", null, [], [], null, null)) with { Transcript = "x\0y\uDC00z\uD83D\uDE00" };
        Assert.Equal(StoreOutcome.Stored, (await StoreAsync(message, [0, 255, 0])).Outcome);
        Assert.Equal("x\uFFFDy\uFFFDz\uD83D\uDE00", await Store.ReadTranscriptAsync(1, 1, Cancel));
        Assert.Equal("a\0b\uFFFDc", (await Store.FindAsync(1, 1, Cancel))!.Summary.Subject);
        Assert.Equal([0, 255, 0], await ReadAsync(1, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_is_lost_is_looked_up(bool arrives)
    {
        await CloseAsync();
        await using CuttingProxy proxy = new(cluster!.Port);
        await using var store = await OpenAsync(cluster.Url(database!).Replace($":{cluster.Port}/", $":{proxy.Port}/", StringComparison.Ordinal));
        var commits = 0;
        before = step =>
        {
            if (step == StorageStep.Commit && ++commits == 2)
                proxy.Cut(requests: !arrives);
        };
        List<StoreOutcome> outcomes = [];
        for (var i = 0; i < 3; i++)
        {
            var message = NewMessage(store.NextId());
            await using var content = store.CreateContent(message.Id, null);
            content.Append(Octets(i));
            outcomes.Add((await store.StoreAsync(message, content, Cancel)).Outcome);
        }

        Assert.Equal([StoreOutcome.Stored, arrives ? StoreOutcome.Stored : StoreOutcome.Failed, StoreOutcome.Stored], outcomes);
        Assert.Equal(arrives ? 3L : 2L, await ExecuteAsync("SELECT count(*) FROM messages"));
        Assert.Equal(arrives ? 3L : 2L, (await store.FindMailboxAsync(1, Cancel))!.MessageCount);
    }

    [Fact]
    public async Task A_commit_of_which_nothing_can_be_known_keeps_the_content_of_what_may_be_stored()
    {
        await CloseAsync();
        await using CuttingProxy proxy = new(cluster!.Port);
        await using (var store = await OpenAsync(cluster.Url(database!).Replace($":{cluster.Port}/", $":{proxy.Port}/", StringComparison.Ordinal)))
        {
            before = step =>
            {
                if (step != StorageStep.Commit)
                    return;
                proxy.Cut(requests: false);
                proxy.TakeNoMore();
            };
            var message = NewMessage(store.NextId());
            await using var content = store.CreateContent(message.Id, null);
            content.Append(new byte[StorageOptions.InlineBytes + 1]);
            Assert.Equal(StoreOutcome.Failed, (await store.StoreAsync(message, content, Cancel)).Outcome);
        }

        before = null;
        await using var again = await OpenAsync(cluster.Url(database!));
        var stored = Assert.Single(await again.ListAsync(1, new(null, 10, Descending: false), Cancel));
        await using var raw = await again.OpenContentAsync(1, stored.Uid, Cancel);
        Assert.Equal(StorageOptions.InlineBytes + 1, raw!.Length);
    }

    // ---- Search

    [Fact]
    public async Task A_search_among_the_newest_finds_the_same()
    {
        ((PostgresMessageStore)Store).Many = 0;
        ((PostgresMessageStore)Store).LookedAt = 7;
        await A_search_finds_what_a_reader_would_find(4);
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_given_up()
    {
        adjust = options => options with { SearchTime = TimeSpan.FromMilliseconds(1) };
        await ReopenAsync();
        await ExecuteAsync("""
            INSERT INTO messages SELECT i, 0, 1, '', '', 1, '', NULL, '', '', NULL, NULL, false, '{}' FROM generate_series(1, 20000) i;
            INSERT INTO deliveries SELECT 1, i, i, 0, '[]' FROM generate_series(1, 20000) i
            """);
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.SearchAsync(new(SearchQuery.Parse("larger:1M", TimeProvider.System), null, null, 10, Descending: true), Cancel));
        Assert.Contains("given up after 0 s", e.Message, StringComparison.Ordinal);
        Assert.Single(await Store.ListAsync(1, new(null, 1, Descending: true), Cancel));
    }

    // ---- Several nodes

    [Fact]
    public async Task Nodes_on_one_database_hear_of_each_other()
    {
        await using var other = await OpenAsync();
        Assert.NotEqual(Store.NextId().Value & (MessageIdSource.Nodes - 1), other.NextId().Value & (MessageIdSource.Nodes - 1));
        var heard = Hear(other);
        var stored = await StoreAsync(NewMessage(), Octets(10));
        // What goes before the other node has read it is only told as gone.
        await EventuallyAsync(() => Task.FromResult(heard().OfType<MessageStored>().Any()));
        await Store.ChangeAsync(1, [1], new(Read: true), Cancel);
        await EventuallyAsync(() => Task.FromResult(heard().OfType<MessageChanged>().Any(each => each.Message.Flags == MessageFlags.Read)));
        await Store.DeleteAsync(1, [1], Cancel);
        var added = await AddAsync("second");
        await EventuallyAsync(() => Task.FromResult(heard().OfType<MailboxChanged>().Any(each => each.MailboxId == added.Id)));
        Assert.Equal(stored.Messages[0].Id, Assert.Single(heard().OfType<MessageStored>()).Message.Id);
        Assert.Equal([1L], Assert.Single(heard().OfType<MessagesRemoved>()).Uids);
        Assert.Empty(heard().OfType<MailboxOverrun>());
    }

    [Fact]
    public async Task Nodes_store_into_one_mailbox_at_a_time_and_uids_stay_unique()
    {
        await using var other = await OpenAsync();
        var second = await AddAsync("second");
        Delivery[][] orders = [[new(1, ["a@y.test"]), new(second.Id, ["b@y.test"])], [new(second.Id, ["b@y.test"]), new(1, ["a@y.test"])]];
        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () =>
        {
            var store = i % 2 == 0 ? Store : other;
            var message = NewMessage(store.NextId(), deliveries: orders[i / 2 % 2]);
            await using var content = store.CreateContent(message.Id, null);
            content.Append(Octets(i));
            return await store.StoreAsync(message, content, Cancel);
        }, Cancel)));
        Assert.All(results, each => Assert.Equal(StoreOutcome.Stored, each.Outcome));
        foreach (var mailbox in new[] { 1, second.Id })
            Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), results.SelectMany(each => each.Messages).Where(each => each.MailboxId == mailbox).Select(each => each.Uid).Order());
    }

    // ---- Starting

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await CloseAsync();
        await ExecuteAsync("INSERT INTO smtpd_schema (version) VALUES (99)");
        Assert.Contains("schema 99", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        await CloseAsync();
        database = await cluster!.CreateDatabaseAsync();
        await ExecuteAsync("CREATE TABLE messages (theirs text)");
        Assert.Contains("another program", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_hold_every_text_is_refused()
    {
        await CloseAsync();
        database = await cluster!.CreateDatabaseAsync("ENCODING 'LATIN1' LOCALE 'C'");
        Assert.Contains("ENCODING 'UTF8'", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_or_does_not_let_in_is_told_without_the_password()
    {
        await CloseAsync();
        Assert.Contains("CREATE DATABASE", await RefusalAsync(cluster!.Url("nowhere")), StringComparison.Ordinal);
        Assert.Contains("does not let smtpd in", await RefusalAsync(cluster.Url(database!).Replace("top", "flop", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await RefusalAsync("postgres://u:top%20secret@127.0.0.1:1/d"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_may_be_reached_by_a_unix_socket_and_lie_in_a_schema_of_its_own()
    {
        await CloseAsync();
        await ExecuteAsync("CREATE SCHEMA apart; CREATE TABLE public.unrelated (x int)");
        File.Delete(directory["content-of"]);
        await using var store = await OpenAsync($"postgresql:///{database}?host={Uri.EscapeDataString(cluster!.SocketDirectory)}&port={cluster.Port}&user={PostgresCluster.User}"
            + $"&password={Uri.EscapeDataString(PostgresCluster.Password)}&options=-csearch_path%3Dapart");
        Assert.Equal("default", (await store.FindMailboxAsync(1, Cancel))!.Name);
        Assert.Equal(1L, await ExecuteAsync("SELECT count(*) FROM apart.mailboxes"));
    }

    [Fact]
    public async Task Another_directory_for_large_content_is_refused()
    {
        using TemporaryDirectory elsewhere = new();
        adjust = options => options with { Directory = elsewhere.Path };
        Assert.Contains("kept elsewhere", await RefusalAsync(), StringComparison.Ordinal);
        await using var visitor = await OpenAsync(cluster!.Url(database!), besideServer: true);
        Assert.Single(await visitor.ListMailboxesAsync(Cancel));
    }

    [Fact]
    public async Task A_new_database_beside_content_is_refused_before_content_is_swept()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        await CloseAsync();
        File.SetLastWriteTimeUtc(Directory.EnumerateFiles(directory["content"]).Single(), DateTime.UtcNow.AddDays(-1));
        database = await cluster!.CreateDatabaseAsync();
        Assert.Contains("messages of another store", await RefusalAsync(), StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(directory["content"]));
    }

    [Fact]
    public async Task What_a_crash_left_is_swept_when_no_node_can_need_it()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        await CloseAsync();
        foreach ((var id, var age) in new[] { (42, 2), (43, 0) })
        {
            foreach (var path in new[] { directory["spool", new MessageId(id) + ".tmp"], directory["content", new MessageId(id).ToString()] })
            {
                await File.WriteAllTextAsync(path, "half", Cancel);
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-age));
            }
        }

        File.SetLastWriteTimeUtc(Directory.EnumerateFiles(directory["content"]).Max(StringComparer.Ordinal)!, DateTime.UtcNow.AddDays(-1));
        await ReopenAsync();
        Assert.Equal([new MessageId(43) + ".tmp"], Directory.EnumerateFiles(directory["spool"]).Select(Path.GetFileName));
        Assert.Equal(2, Directory.EnumerateFiles(directory["content"]).Count());
        Assert.Equal(Octets(300_000), await ReadAsync(1, 1));
    }

    [Fact]
    public async Task A_missing_content_file_is_told_and_not_an_empty_message()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        File.Delete(Directory.EnumerateFiles(directory["content"]).Single());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.OpenContentAsync(1, 1, Cancel));
    }

    private static async Task EventuallyAsync(Func<Task<bool>> isTrue)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await isTrue())
                    return;
            }
            catch (StoreUnavailableException) when (started.Elapsed < AtMost)
            {
                // Not yet.
            }

            Assert.True(started.Elapsed < AtMost, "it did not come about");
            await Task.Delay(20, Cancel);
        }
    }

    private async Task<string> RefusalAsync(string? url = null)
    {
        var message = (await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(url ?? cluster!.Url(database!)))).Message;
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        return message;
    }

    private async Task<IMessageStore> OpenAsync(string url, bool besideServer = false)
    {
        Assert.True(PostgresAddress.TryParse(url, out var address, out var wrong), wrong);
        return await PostgresMessageStore.OpenAsync(
            address, adjust(new StorageOptions { Directory = directory.Path, MinimumFreeBytes = 0, Before = step => before?.Invoke(step) }), NullLogger.Instance, besideServer, Cancel);
    }

    private async Task<object?> ExecuteAsync(string sql) => await cluster!.ExecuteAsync(database!, sql);
}
