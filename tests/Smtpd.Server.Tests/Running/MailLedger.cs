using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Tests.Running;

/// <summary>Sends numbered messages and notes which were acknowledged; afterwards compares that with a store.</summary>
internal sealed class MailLedger
{
    private readonly ConcurrentDictionary<int, bool> acknowledged = new();
    private int lastNumber;
    private int refused;
    private int awaited;
    private TaskCompletionSource reached = new();

    public int Acknowledged => acknowledged.Count;

    /// <summary>Messages answered with 451 or 452.</summary>
    public int Refused => Volatile.Read(ref refused);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Done when so many more messages have been acknowledged.</summary>
    public Task Expect(int more)
    {
        reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref awaited, Acknowledged + more);
        return reached.Task;
    }

    /// <summary>Sends until the server is gone or <paramref name="stop"/> is cancelled. A number is used once: who got no answer, or was refused, does not try again, so that copies can be counted.</summary>
    public async Task LoadAsync(SmtpdProcess program, CancellationToken stop = default)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
                while (!stop.IsCancellationRequested)
                    await SendAsync(client);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                if (stop == default)
                    return; // killed
            }
            catch (RefusedException)
            {
                // At MAIL or RCPT: with a new connection from the start.
                await Task.Delay(20, Cancel);
            }
        }
    }

    /// <summary>Reads every message of mailbox 1, compares its octets, and finds nothing lost and nothing doubled.</summary>
    public async Task CompareAsync(IMessageStore store)
    {
        Dictionary<int, int> copies = [];
        IReadOnlyList<Message> page;
        for (long after = 0; (page = await store.ListAsync(1, new(after, 500, Descending: false), Cancel)).Count > 0; after = page[^1].Uid)
        {
            foreach (var each in page)
            {
                var number = int.Parse(each.Summary.Subject!, CultureInfo.InvariantCulture);
                Assert.InRange(number, 1, lastNumber);
                await using var content = (await store.OpenContentAsync(1, each.Uid, Cancel))!;
                using MemoryStream memory = new();
                await content.CopyToAsync(memory, Cancel);
                Assert.Equal(Message(number), memory.ToArray());
                copies[number] = copies.GetValueOrDefault(number) + 1;
            }
        }

        Assert.Equal(copies.Values.Sum(), (await store.FindMailboxAsync(1, Cancel))!.MessageCount);
        int[] lost = [.. acknowledged.Keys.Where(each => !copies.ContainsKey(each))];
        int[] doubled = [.. copies.Where(each => each.Value != 1).Select(each => each.Key)];
        Assert.True(lost.Length == 0 && doubled.Length == 0, $"lost: {string.Join(' ', lost)}; stored twice: {string.Join(' ', doubled)}");
    }

    private static byte[] Message(int number)
    {
        var subject = number.ToString(CultureInfo.InvariantCulture);
        return TestMessages.Large(subject, number % 30 == 0 ? 300_000 + number : 500 + number % 3000);
    }

    private async Task SendAsync(RawClient client)
    {
        var number = Interlocked.Increment(ref lastNumber);
        await client.SendAsync("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        string[] replies = [await client.ReplyAsync(), await client.ReplyAsync(), await client.ReplyAsync()];
        if (replies[2].StartsWith("354", StringComparison.Ordinal))
        {
            await client.SendAsync(RawClient.Stuff(Message(number)));
            await client.SendAsync(".\r\n");
            var reply = await client.ReplyAsync();
            if (reply.StartsWith("250 ", StringComparison.Ordinal))
            {
                Acknowledge(number);
                return;
            }

            replies = [reply];
        }

        var refusal = replies.First(each => !each.StartsWith('2'));
        Assert.True(refusal[0] == '4', refusal);
        Interlocked.Increment(ref refused);
        if (replies.Length > 1)
            throw new RefusedException();
    }

    private void Acknowledge(int number)
    {
        acknowledged[number] = true;
        if (Acknowledged >= Volatile.Read(ref awaited))
            reached.TrySetResult();
    }

    private sealed class RefusedException : Exception;
}
