using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Storage;

/// <summary>The contract on SQLite, and what is true of SQLite alone.</summary>
public sealed class SqliteMessageStoreTests : MessageStoreContract
{
    private const string Empty = """{"subject":null,"from":null,"to":[],"cc":[],"date":null,"messageId":null}""";

    private static readonly string[] OfMessages =
        ["messages", "contents", "deliveries", "transcripts", "to_index", "readings", "excerpts", "delivery_tags", "tag_counts", "delivery_words", "leases", "search_docsize"];

    private readonly TemporaryDirectory directory = new();
    private Action<StorageStep>? before;
    private Func<StorageOptions, StorageOptions> adjust = options => options;

    private string DatabasePath => directory[SqliteDatabase.FileName];

    private protected override async Task<IMessageStore> OpenAsync() => await SqliteMessageStore.OpenAsync(
        adjust(new StorageOptions { Directory = directory.Path, MinimumFreeBytes = 0, Before = step => before?.Invoke(step) }), NullLogger.Instance, besideServer: false, Cancel);

    protected override void DisposeData() => directory.Dispose();

    private protected override async Task AssertNothingIsKeptAsync()
    {
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
        Assert.Empty(Directory.EnumerateFiles(directory["content"]));
        await using var connection = SqliteDatabase.OpenForReading(directory.Path);
        foreach (var each in OfMessages)
            Assert.True(SqliteDatabase.Scalar<long>(connection, $"SELECT count(*) FROM {each}") == 0, each + " is not empty");
    }

    // ---- Failing writes: the n-th step fails, n = 1, 2, 3, … until a run no longer reaches it.

    [Theory]
    [InlineData(100, 1)]
    [InlineData(100, 2)]
    [InlineData(400_000, 1)]
    [InlineData(400_000, 2)]
    public async Task Whichever_step_fails_nothing_is_half_kept(int size, int mailboxes)
    {
        if (mailboxes == 2)
            await AddAsync("second");
        Delivery[] deliveries = [.. Enumerable.Range(1, mailboxes).Select(id => new Delivery(id, ["b@y.test"]))];
        var octets = Octets(size);
        var failures = 0;
        while (true)
        {
            var step = 0;
            StorageStep? failed = null;
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
                outcome = (await StoreAsync(NewMessage(deliveries: deliveries), octets)).Outcome;
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
            failures++;
        }

        // begin, message, content or five steps with files, a delivery and a counter per mailbox, commit
        Assert.True(failures >= (size > StorageOptions.InlineBytes ? 8 : 4) + 2 * mailboxes - 1, $"only {failures} steps could fail");
        await ReopenAsync();
        await AssertUidsAsync(new(null, 10, Descending: true), 1L);
        Assert.Equal(octets, await ReadAsync(1, 1));
    }

    [Fact]
    public async Task What_fails_by_its_own_fault_fails_alone()
    {
        using ManualResetEventSlim firstRuns = new(), goOn = new();
        var (commits, messages) = (0, 0);
        before = step =>
        {
            if (step is StorageStep.Commit && ++commits == 1)
            {
                firstRuns.Set();
                goOn.Wait(Cancel);
            }

            if (step is StorageStep.InsertMessage && ++messages == 5)
                throw new InvalidOperationException("injected");
        };
        var first = StoreAsync(NewMessage(), Octets(10));
        firstRuns.Wait(Cancel);
        Task<StoreResult>[] others = [.. Enumerable.Range(0, 10).Select(i => StoreAsync(NewMessage(), Octets(i)))];
        goOn.Set();

        Assert.Equal(StoreOutcome.Stored, (await first).Outcome);
        var outcomes = (await Task.WhenAll(others)).Select(each => each.Outcome).ToList();
        Assert.Equal((9, 1), (outcomes.Count(each => each == StoreOutcome.Stored), outcomes.Count(each => each == StoreOutcome.Failed)));
        Assert.Equal(2, commits);
        await AssertUidsAsync(new(null, 20, Descending: false), [.. Enumerable.Range(1, 10).Select(each => (long)each)]);
    }

    [Fact]
    public async Task A_failed_commit_is_told_to_everyone_in_it_and_the_next_works()
    {
        using ManualResetEventSlim firstRuns = new(), goOn = new();
        var commits = 0;
        before = step =>
        {
            if (step != StorageStep.Commit)
                return;
            switch (++commits)
            {
                case 1:
                    firstRuns.Set();
                    goOn.Wait(Cancel);
                    break;
                case 2:
                    throw new IOException("injected");
            }
        };
        var first = StoreAsync(NewMessage(), Octets(10));
        firstRuns.Wait(Cancel);
        Task<StoreResult>[] others = [.. Enumerable.Range(0, 10).Select(i => StoreAsync(NewMessage(), Octets(i)))];
        goOn.Set();

        Assert.Equal(StoreOutcome.Stored, (await first).Outcome);
        Assert.All(await Task.WhenAll(others), each => Assert.Equal(StoreOutcome.Failed, each.Outcome));
        // What arrived while the first commit ran was one batch: no more than one further commit was tried.
        Assert.Equal(2, commits);
        Assert.Equal(2, (await StoreAsync(NewMessage(), Octets(10))).Messages[0].Uid);
    }

    [Fact]
    public async Task A_full_disk_is_told_as_such()
    {
        const int NoSpaceLeft = 28;
        before = step => throw new IOException("No space left on device", NoSpaceLeft);
        Assert.Equal(StoreOutcome.NoRoom, (await StoreAsync(NewMessage(), Octets(10))).Outcome);
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => StoreAsync(NewMessage(), Octets(300_000)));
        Assert.True(e.NoRoom);
    }

    [Fact]
    public async Task A_disk_that_fills_up_loses_nothing_that_was_acknowledged()
    {
        using TemporaryDirectory mountPoint = new();
        if (!SmallDisk.TryMount(mountPoint.Path, megabytes: 6))
            Skips.Missing("mounting a tmpfs needs root");
        try
        {
            Dictionary<long, byte[]> acknowledged = [];
            IMessageStore small = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = mountPoint["data"], MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);
            var full = false;
            for (var i = 0; i < 400 && !full; i++)
            {
                var octets = Octets(i % 10 == 0 ? 300_000 + i : 20_000 + i);
                var result = await StoreIntoAsync(small, octets);
                if (result.Outcome == StoreOutcome.Stored)
                    acknowledged.Add(result.Messages[0].Uid, octets);
                full |= result.Outcome is StoreOutcome.NoRoom or StoreOutcome.Failed;
            }

            Assert.True(full, "the disk never filled up");
            await small.DisposeAsync();
            await using IMessageStore again = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = mountPoint["data"], MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);
            var listed = await again.ListAsync(1, new(null, 1000, Descending: false), Cancel);
            Assert.Equal(acknowledged.Keys.Order(), listed.Select(each => each.Uid));
            foreach ((var uid, var octets) in acknowledged)
            {
                await using var content = (await again.OpenContentAsync(1, uid, Cancel))!;
                using MemoryStream memory = new();
                await content.CopyToAsync(memory, Cancel);
                Assert.Equal(octets, memory.ToArray());
            }

            Assert.Empty(Directory.EnumerateFiles(mountPoint["data", "spool"]));
        }
        finally
        {
            SmallDisk.Unmount(mountPoint.Path);
        }
    }

    // ---- Bounds

    [Fact]
    public async Task A_full_queue_refuses_instead_of_growing()
    {
        adjust = options => options with { QueueMessages = 2 };
        await ReopenAsync();
        using ManualResetEventSlim runs = new(), goOn = new();
        before = step =>
        {
            if (step == StorageStep.BeginTransaction)
            {
                runs.Set();
                goOn.Wait(Cancel);
            }
        };
        var running = StoreAsync(NewMessage(), Octets(10));
        runs.Wait(Cancel);
        Task<StoreResult>[] waiting = [StoreAsync(NewMessage(), Octets(10)), StoreAsync(NewMessage(), Octets(10))];
        Assert.Equal(StoreOutcome.NoRoom, Store.Refusal(null));
        Assert.Equal(StoreOutcome.NoRoom, (await StoreAsync(NewMessage(), Octets(10))).Outcome);
        goOn.Set();
        await Task.WhenAll([running, .. waiting]);
        Assert.Null(Store.Refusal(null));
        await AssertUidsAsync(new(null, 10, Descending: false), 1L, 2L, 3L);
    }

    [Fact]
    public async Task Without_memory_to_spare_small_content_goes_to_a_file()
    {
        adjust = options => options with { BufferBytes = 0 };
        await ReopenAsync();
        await StoreAsync(NewMessage(), Octets(1000));
        Assert.Single(Directory.EnumerateFiles(directory["content"]));
        Assert.Equal(Octets(1000), await ReadAsync(1, 1));
    }

    [Fact]
    public async Task Too_little_free_space_is_seen_before_the_message_comes()
    {
        Assert.Null(Store.Refusal(1000));
        Assert.Equal(StoreOutcome.NoRoom, Store.Refusal(long.MaxValue / 2));
        adjust = options => options with { MinimumFreeBytes = long.MaxValue / 2 };
        await ReopenAsync();
        Assert.Equal(StoreOutcome.NoRoom, Store.Refusal(null));
        Assert.True((await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.CheckAsync(Cancel))).NoRoom);
    }

    // ---- Index and search

    [Fact]
    public async Task Mail_goes_before_the_index()
    {
        var waiting = await StoreAsync(NewMessage(), Octets(10));
        List<MailEvent> happened = [];
        Store.Feed.Subscribe(happened.Add);
        using ManualResetEventSlim runs = new(), goOn = new();
        before = step =>
        {
            if (step == StorageStep.BeginTransaction)
            {
                runs.Set();
                goOn.Wait(Cancel);
            }
        };
        var first = StoreAsync(NewMessage(), Octets(10));
        runs.Wait(Cancel);
        var indexing = Store.IndexAsync([Read(waiting.Messages[0].Id)], Cancel);
        var second = StoreAsync(NewMessage(), Octets(10));
        goOn.Set();
        await Task.WhenAll(first, second, indexing);
        Assert.Equal([2L, 3L, 1L], happened.Select(each => each switch { MessageStored stored => stored.Message.Uid, MessageChanged changed => changed.Message.Uid, _ => 0 }));
    }

    [Fact]
    public async Task What_could_not_be_indexed_is_still_to_be_indexed()
    {
        var message = (await StoreAsync(NewMessage(), Octets(10))).Messages[0];
        before = step => throw new IOException("injected");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.IndexAsync([Read(message.Id)], Cancel));
        before = null;
        Assert.Null((await Store.FindAsync(1, 1, Cancel))!.Reading);
        Assert.Equal(1, await Store.CountToIndexAsync(Cancel));
        await Store.IndexAsync([Read(message.Id), Read(message.Id)], Cancel);
        Assert.Equal("read", (await Store.FindAsync(1, 1, Cancel))!.Reading!.Snippet);
        Assert.Equal(0, await Store.CountToIndexAsync(Cancel));
        await Store.DeleteAsync(1, [1], Cancel);
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_ended_and_says_so()
    {
        adjust = options => options with { SearchTime = TimeSpan.Zero };
        await ReopenAsync();
        SearchRequest request = new(SearchQuery.Parse("word", TimeProvider.System), null, null, 10, Descending: true);
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.SearchAsync(request, Cancel));
        Assert.Contains("given up after", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.SearchAsync(request, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_long_search_is_interrupted_and_the_next_one_is_not()
    {
        adjust = options => options with { SearchTime = TimeSpan.FromMilliseconds(100) };
        await ReopenAsync();
        // Every row is looked at, and none is found.
        await ExecuteAsync("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
            INSERT INTO messages (id, received_at, size, sha256, sender, recipient_count, helo, received_by, protocol, in_file, summary)
              SELECT i, i, 1, x'00', '', 1, '', '', '', 0, '{}' FROM n;
            INSERT INTO deliveries (mailbox_id, uid, message_id, recipients) SELECT 1, id, id, '[]' FROM messages;
            """);
        SearchRequest slow = new(SearchQuery.Parse("larger:1M OR larger:2M OR larger:3M OR larger:4M OR larger:5M OR larger:6M OR larger:7M", TimeProvider.System), null, null, 10, Descending: true);
        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.SearchAsync(slow, Cancel));
        Assert.Single(await Store.SearchAsync(new(SearchQuery.Parse("", TimeProvider.System), [1], null, 1, Descending: true), Cancel));
        using CancellationTokenSource impatient = new();
        var cancelled = Store.SearchAsync(slow, impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    private static IndexedMessage Read(MessageId id) => new(id, new("read", [], []), SearchDocument.Of(new() { Subject = "word" }), "read", [new(1, "", "")]);

    // ---- Starting

    [Fact]
    public async Task The_database_is_a_write_ahead_log_that_is_synced_at_every_commit()
    {
        await using var connection = SqliteDatabase.OpenForReading(directory.Path);
        Assert.Equal("wal", SqliteDatabase.Scalar<string>(connection, "PRAGMA journal_mode"));
        await CloseAsync();
        await using var writing = SqliteDatabase.OpenForWriting(directory.Path, mayCreate: false, mayMigrate: false, TimeProvider.System);
        Assert.Equal(2L, SqliteDatabase.Scalar<long>(writing, "PRAGMA synchronous"));
    }

    [Fact]
    public async Task What_a_crash_left_is_swept_and_the_rest_stays()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        await CloseAsync();
        var orphan = new MessageId(42).ToString();
        await File.WriteAllTextAsync(directory["spool", orphan + ".tmp"], "half", Cancel);
        await File.WriteAllTextAsync(directory["content", orphan], "no row", Cancel);
        await ReopenAsync();
        Assert.Empty(Directory.EnumerateFiles(directory["spool"]));
        Assert.Single(Directory.EnumerateFiles(directory["content"]));
        Assert.Equal(Octets(300_000), await ReadAsync(1, 1));
    }

    [Fact]
    public async Task A_second_server_on_the_directory_is_refused()
    {
        var e = await Assert.ThrowsAsync<StoreRefusedException>(OpenAsync);
        Assert.Contains("in use by another smtpd", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await CloseAsync();
        await ExecuteAsync("PRAGMA user_version = 99");
        var e = await Assert.ThrowsAsync<StoreRefusedException>(OpenAsync);
        Assert.Contains("schema 99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_schema_is_brought_to_the_newest_with_everything_in_it()
    {
        await MakeSchemaAsync(1);
        await ExecuteAsync($"""
            INSERT INTO mailboxes (name, created_at, next_uid, message_count, message_bytes) VALUES ('default', 0, 2, 1, 3);
            INSERT INTO messages VALUES (7, 1795000000123, 3, x'00', 'a@x.test', 1, 'client', '192.0.2.1', 'mx', 'ESMTP', 0, '{Empty}');
            INSERT INTO contents VALUES (7, x'0D0A2E');
            INSERT INTO deliveries VALUES (1, 1, 7, '["b@y.test"]', 1);
            """);
        await ReopenAsync();
        var message = (await Store.FindAsync(1, 1, Cancel))!;
        Assert.Equal(new MessageEnvelope("a@x.test", 1, "client", "192.0.2.1", "mx", "ESMTP", null, null), message.Envelope);
        Assert.Equal("\r\n."u8.ToArray(), await ReadAsync(1, 1));
        Assert.Equal(AccessChange.Done, await Store.AddCredentialAsync(new("anna", 1, "v", null), Cancel));
        Assert.Equal(2, (await StoreAsync(NewMessage(), Octets(10))).Messages[0].Uid);
    }

    [Fact]
    public async Task The_second_schema_is_brought_to_the_newest_with_everything_in_it()
    {
        await MakeSchemaAsync(2);
        await ExecuteAsync($"""
            INSERT INTO mailboxes (name, created_at, next_uid, message_count, message_bytes) VALUES ('default', 5, 4, 3, 9), ('second', 6, 2, 1, 3);
            INSERT INTO messages VALUES (7, 1795000000123, 3, x'00', 'a@x.test', 1, 'client', '192.0.2.1', 'mx', 'ESMTP', 0, '{Empty}', NULL, 'anna');
            INSERT INTO messages VALUES (8, 1795000000456, 3, x'00', 'a@x.test', 1, 'client', '192.0.2.1', 'mx', 'ESMTP', 0, '{Empty}', NULL, NULL);
            INSERT INTO messages VALUES (9, 1795000000789, 3, x'00', 'a@x.test', 1, 'client', '192.0.2.1', 'mx', 'ESMTP', 0, '{Empty}', NULL, NULL);
            INSERT INTO contents VALUES (7, x'0D0A2E'), (8, x'414243'), (9, x'444546');
            INSERT INTO deliveries VALUES (1, 1, 7, '["b@y.test"]', 1), (1, 2, 8, '["b@y.test"]', 0), (1, 3, 9, '["b@y.test"]', 2), (2, 1, 9, '["c@y.test"]', 0);
            INSERT INTO credentials VALUES ('anna', 'Anna', 2, 'v', NULL);
            INSERT INTO addresses VALUES ('c@y.test', 'C@Y.test', 2), ('"a*b"@y.test', '"a*b"@y.test', 1);
            """);
        await ReopenAsync();

        var mailboxes = await Store.ListMailboxesAsync(Cancel);
        Assert.Equal([(1, 3L, 9L, 2L), (2, 1L, 3L, 1L)], mailboxes.Select(each => (each.Id, each.MessageCount, each.MessageBytes, each.UnreadCount)));
        Assert.All(mailboxes, each => Assert.Equal(new(each.Name), each.Settings));
        Assert.Equal("default", Assert.Single(await Store.ListProjectsAsync(Cancel)).Name);
        Assert.Equal([("\"a*b\"@y.test", AddressRuleKind.Exact, 1), ("C@Y.test", AddressRuleKind.Exact, 2)],
            (await Store.ListAddressesAsync(null, null, Cancel)).Select(each => (each.Rule.Text, each.Rule.Kind, each.MailboxId)));
        Assert.Equal("Anna", (await Store.FindCredentialAsync("anna", Cancel))!.User);
        Assert.Equal([MessageFlags.Read, MessageFlags.None, MessageFlags.Pinned], (await Store.ListAsync(1, new(null, 10, Descending: false), Cancel)).Select(each => each.Flags));
        Assert.Equal("DEF"u8.ToArray(), await ReadAsync(2, 1));
        Assert.Equal(1, await Store.DeleteOlderAsync(1, DateTimeOffset.FromUnixTimeMilliseconds(1795000000456), Cancel));
        Assert.Equal(1, Assert.Single(await Store.LeaseAsync(2, new(5, TimeSpan.FromHours(1), 1), Cancel)).Message.Uid);
        await using var connection = SqliteDatabase.OpenForReading(directory.Path);
        Assert.Equal(2L, SqliteDatabase.Scalar<long>(connection, "SELECT count(*) FROM to_index WHERE message_id IN (8, 9)"));
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        await CloseAsync();
        File.Delete(DatabasePath);
        await ExecuteAsync("CREATE TABLE theirs (x)");
        var before = await File.ReadAllBytesAsync(DatabasePath, Cancel);
        var e = await Assert.ThrowsAsync<StoreRefusedException>(OpenAsync);
        Assert.Contains("another program", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(DatabasePath, Cancel));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("header")]
    [InlineData("page")]
    [InlineData("cut")]
    public async Task A_damaged_database_is_refused_and_left_alone(string damage)
    {
        for (var i = 0; i < 20; i++)
            await StoreAsync(NewMessage(), Octets(5000));
        await CloseAsync();
        var octets = await File.ReadAllBytesAsync(DatabasePath, Cancel);
        switch (damage)
        {
            case "text":
                octets = "this is no database, and surely not one of ours"u8.ToArray();
                break;
            case "header":
                octets.AsSpan(0, 16).Clear();
                break;
            case "page":
                octets.AsSpan(4096, 4096).Fill(0xA5);
                break;
            case "cut":
                octets = octets[..(octets.Length / 2)];
                break;
        }

        await File.WriteAllBytesAsync(DatabasePath, octets, Cancel);
        var e = await Assert.ThrowsAsync<StoreRefusedException>(OpenAsync);
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
        Assert.Equal(octets, await File.ReadAllBytesAsync(DatabasePath, Cancel));
    }

    [Fact]
    public async Task A_missing_database_beside_content_is_refused_before_content_is_swept()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        await CloseAsync();
        File.Delete(DatabasePath);
        var e = await Assert.ThrowsAsync<StoreRefusedException>(OpenAsync);
        Assert.Contains("missing", e.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(directory["content"]));
    }

    [Fact]
    public async Task A_missing_content_file_is_told_and_not_an_empty_message()
    {
        await StoreAsync(NewMessage(), Octets(300_000));
        File.Delete(Directory.EnumerateFiles(directory["content"]).Single());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.OpenContentAsync(1, 1, Cancel));
    }

    [Fact]
    public void Only_the_owner_may_look_into_the_directories()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes");
            return;
        }

        foreach (var each in new[] { directory["spool"], directory["content"] })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(each));
    }

    private static async Task<StoreResult> StoreIntoAsync(IMessageStore store, byte[] octets)
    {
        NewMessage message = new(store.NextId(), DateTimeOffset.UnixEpoch, new("", 1, "x", null, "y", "SMTP", null, null), Server.Mime.HeaderSummary.Empty, [new(1, ["b@y.test"])]);
        await using var content = store.CreateContent(message.Id, null);
        try
        {
            content.Append(octets);
            return await store.StoreAsync(message, content, Cancel);
        }
        catch (StoreUnavailableException e)
        {
            return StoreResult.Refused(e.NoRoom ? StoreOutcome.NoRoom : StoreOutcome.Failed);
        }
    }

    // A database as an older version made it, closed.
    private async Task MakeSchemaAsync(int version)
    {
        await CloseAsync();
        foreach (var each in Directory.EnumerateFiles(directory.Path, SqliteDatabase.FileName + "*"))
            File.Delete(each);
        for (var i = 1; i <= version; i++)
        {
            using StreamReader schema = new(typeof(SqliteDatabase).Assembly.GetManifestResourceStream($"Schema/{i:0000}.sql")!);
            await ExecuteAsync(await schema.ReadToEndAsync(Cancel));
        }

        await ExecuteAsync($"PRAGMA application_id = {0x736D7470}; PRAGMA user_version = {version}");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={DatabasePath};Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
