using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Mail;

/// <summary>Sends numbered messages and keeps what was answered: which must be there, which may be, which must not.</summary>
internal sealed class Ledger(Func<int, int> sizeOf)
{
    private readonly ConcurrentDictionary<int, string> acknowledged = new();
    private readonly ConcurrentDictionary<int, string> refused = new();
    private int lastNumber;
    private long octets;
    private int awaited;
    private TaskCompletionSource reached = new();

    /// <summary>Numbers of messages answered with 250, and the names they were queued by.</summary>
    public IReadOnlyDictionary<int, string> Acknowledged => acknowledged;

    /// <summary>Numbers of messages answered with 4xx, and the answer.</summary>
    public IReadOnlyDictionary<int, string> Refused => refused;

    public Func<int, int> SizeOf => sizeOf;

    public int Sent => Volatile.Read(ref lastNumber);

    /// <summary>Octets of acknowledged messages.</summary>
    public long Octets => Interlocked.Read(ref octets);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public byte[] Message(int number) => NumberedMail.Octets(number, sizeOf(number));

    /// <summary>Done when so many more messages have been acknowledged.</summary>
    public Task Expect(int more)
    {
        reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref awaited, acknowledged.Count + more);
        return reached.Task;
    }

    /// <summary>Sends on some connections until the server is gone.</summary>
    public Task LoadUntilGoneAsync(IPEndPoint server, int connections) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => LoadAsync(server, CancellationToken.None), Cancel)));

    /// <summary>Sends on some connections, with new ones for those that break, until it is told to stop.</summary>
    public Task LoadAsync(IPEndPoint server, int connections, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => LoadAsync(server, stop), Cancel)));

    /// <summary>The next message. A number is used once: what got no answer, or was refused, is not sent again, so that copies can be counted.</summary>
    /// <returns>What was answered to it, or the first refusal on the way; after one the connection is of no more use.</returns>
    public async Task<string> SendAsync(RawClient client)
    {
        var number = Interlocked.Increment(ref lastNumber);
        var boxes = NumberedMail.BoxesOf(number);
        StringBuilder envelope = new("MAIL FROM:<a@x.test>\r\n");
        foreach (var each in boxes)
            envelope.Append("RCPT TO:<").Append(NumberedMail.Address(each)).Append(">\r\n");
        await client.SendAsync(envelope.Append("DATA\r\n").ToString());
        List<string> replies = [];
        for (var i = 0; i < boxes.Length + 2; i++)
            replies.Add(await client.ReplyAsync());
        var reply = replies.Find(each => each.StartsWith('4')) ?? replies[^1];
        if (reply.StartsWith("354", StringComparison.Ordinal))
        {
            await client.SendAsync(Stuff(Message(number)));
            await client.SendAsync(".\r\n");
            reply = await client.ReplyAsync();
        }

        Enter(number, reply);
        return reply;
    }

    private void Enter(int number, string reply)
    {
        if (reply.StartsWith("250 2.0.0 Queued as ", StringComparison.Ordinal))
        {
            acknowledged[number] = reply[(reply.LastIndexOf(' ') + 1)..];
            Interlocked.Add(ref octets, sizeOf(number));
            if (acknowledged.Count >= Volatile.Read(ref awaited))
                reached.TrySetResult();
            return;
        }

        Assert.True(reply.StartsWith('4'), reply);
        refused[number] = reply;
    }

    private async Task LoadAsync(IPEndPoint server, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await RawClient.ConnectAsync(server, Cancel);
                while (!stop.IsCancellationRequested && !(await SendAsync(client)).StartsWith('4'))
                {
                    // As long as it is taken.
                }

                await Task.Delay(20, Cancel); // who is refused comes again later, not at once
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                if (stop == default)
                    return;
            }
        }
    }

    // RFC 5321 4.5.2, by the line: messages of megabytes go through here.
    private static byte[] Stuff(byte[] message)
    {
        using MemoryStream stuffed = new(message.Length + 1000);
        var rest = message.AsSpan();
        for (int at; (at = rest.IndexOf("\n."u8)) >= 0; rest = rest[(at + 1)..])
        {
            stuffed.Write(rest[..(at + 1)]);
            stuffed.WriteByte((byte)'.');
        }

        stuffed.Write(rest);
        return stuffed.ToArray();
    }
}
