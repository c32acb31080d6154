using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Running;

/// <summary>The promise of 250, against SIGKILL under load.</summary>
public sealed class DurabilityTests
{
    private const int Kills = 20;
    private const int Connections = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_was_acknowledged_is_there_once_and_whole_after_twenty_kills()
    {
        using TemporaryDirectory directory = new();
        Ledger ledger = new();
        Random random = new(20);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
            ledger.ExpectAcknowledgements(random.Next(1, 250));
            Task[] loaders = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(() => LoadAsync(program, ledger), Cancel))];
            await ledger.Reached.WaitAsync(Cancel);
            await program.KillAsync();
            await Task.WhenAll(loaders);
        }

        var copies = await CountStoredAsync(directory["data"], ledger);
        Assert.True(ledger.Acknowledged.Count > 20 * Kills, $"only {ledger.Acknowledged.Count} messages were acknowledged");
        int[] lost = [.. ledger.Acknowledged.Keys.Where(each => !copies.ContainsKey(each))];
        int[] doubled = [.. copies.Where(each => each.Value != 1).Select(each => each.Key)];
        Assert.True(lost.Length == 0 && doubled.Length == 0, $"lost: {string.Join(' ', lost)}; stored twice: {string.Join(' ', doubled)}");
        Assert.Empty(Directory.EnumerateFiles(directory["data", "spool"]));
    }

    // Sends until the server is gone. A number is used once: who got no answer does not try again, so that copies can be counted.
    private static async Task LoadAsync(SmtpdProcess program, Ledger ledger)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            while (true)
            {
                var number = ledger.NextNumber();
                if ((await client.MessageAsync(Message(number))).StartsWith("250 ", StringComparison.Ordinal))
                    ledger.Acknowledge(number);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Killed.
        }
    }

    private static byte[] Message(int number)
    {
        var subject = number.ToString(CultureInfo.InvariantCulture);
        return TestMessages.Large(subject, number % 30 == 0 ? 300_000 + number : 500 + number % 3000);
    }

    private static async Task<Dictionary<int, int>> CountStoredAsync(string data, Ledger ledger)
    {
        Dictionary<int, int> copies = [];
        await using IMessageStore store = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = data }, NullLogger.Instance, besideServer: false, Cancel);
        IReadOnlyList<Message> page;
        for (long after = 0; (page = await store.ListAsync(1, new(after, 500, Descending: false), Cancel)).Count > 0; after = page[^1].Uid)
        {
            foreach (var each in page)
            {
                var number = int.Parse(each.Summary.Subject!, CultureInfo.InvariantCulture);
                Assert.InRange(number, 1, ledger.LastNumber);
                await using var content = (await store.OpenContentAsync(1, each.Uid, Cancel))!;
                using MemoryStream memory = new();
                await content.CopyToAsync(memory, Cancel);
                Assert.Equal(Message(number), memory.ToArray());
                copies[number] = copies.GetValueOrDefault(number) + 1;
            }
        }

        Assert.Equal(copies.Count, (await store.FindMailboxAsync(1, Cancel))!.MessageCount);
        return copies;
    }

    private sealed class Ledger
    {
        private int lastNumber;
        private int awaited;
        private TaskCompletionSource reached = new();

        public ConcurrentDictionary<int, bool> Acknowledged { get; } = new();

        public int LastNumber => Volatile.Read(ref lastNumber);

        /// <summary>Completed when so many more messages were acknowledged as were expected.</summary>
        public Task Reached => reached.Task;

        public void ExpectAcknowledgements(int more)
        {
            reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref awaited, Acknowledged.Count + more);
        }

        public int NextNumber() => Interlocked.Increment(ref lastNumber);

        public void Acknowledge(int number)
        {
            Acknowledged[number] = true;
            if (Acknowledged.Count >= Volatile.Read(ref awaited))
                reached.TrySetResult();
        }
    }
}
