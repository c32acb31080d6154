using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

/// <summary>What is refused before there is too much of it.</summary>
public sealed class LoadTests
{
    private readonly FakeTimeProvider time = new();

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Connections_from_one_address_over_the_rate_are_told_421_until_the_minute_is_over()
    {
        await using var server = Server(new SmtpLimits { NewConnectionsPerAddress = 2 });
        var hasty = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1);
        for (var i = 0; i < 2; i++)
        {
            var peer = InMemoryPeer.Connect(server, remote: hasty);
            Assert.StartsWith("220", await peer.ReplyAsync(), StringComparison.Ordinal);
            peer.Close();
            await peer.Served;
        }

        Assert.StartsWith("421 4.7.0", await InMemoryPeer.Connect(server, remote: hasty).ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("220", await InMemoryPeer.Connect(server, remote: new IPEndPoint(IPAddress.Parse("192.0.2.2"), 1)).ReplyAsync(), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(61));
        Assert.StartsWith("220", await InMemoryPeer.Connect(server, remote: hasty).ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task When_content_fills_the_memory_new_mail_waits_and_what_is_under_way_goes_on()
    {
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server(new SmtpLimits { ContentMemoryOctets = 1024 * 1024 }, async (mail, token) =>
        {
            await read.Task.WaitAsync(token);
            await mail.Body.CopyToAsync(Stream.Null, token);
            return SmtpReply.Ok;
        });
        var early = InMemoryPeer.Connect(server);
        await early.BeginMailAsync();
        var busy = await FillMemoryAsync(server);

        var late = InMemoryPeer.Connect(server);
        Assert.StartsWith("421 4.3.1", await late.ReplyAsync(), StringComparison.Ordinal);
        Assert.InRange(busy.Count, 8, 99);
        await early.SendAsync("DATA\r\nRSET\r\nMAIL FROM:<a@x.test>\r\n");
        Assert.StartsWith("452 4.3.1", await early.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await early.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("452 4.3.1", await early.ReplyAsync(), StringComparison.Ordinal);

        read.SetResult();
        foreach (var (peer, flood) in busy)
        {
            await flood;
            await peer.SendAsync("\r\n.\r\n");
            Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);
        }

        await early.SendAsync("MAIL FROM:<a@x.test>\r\n");
        Assert.StartsWith("250", await early.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("220", await InMemoryPeer.Connect(server).ReplyAsync(), StringComparison.Ordinal);
    }

    /// <summary>Begins messages that nobody reads until a new one is refused.</summary>
    private static async Task<List<(InMemoryPeer Peer, Task Flood)>> FillMemoryAsync(SmtpServer server)
    {
        var busy = new List<(InMemoryPeer Peer, Task Flood)>();
        while (true)
        {
            Assert.True(busy.Count < 100, "A hundred large messages did not fill a megabyte.");
            var peer = InMemoryPeer.Connect(server);
            if ((await peer.ReplyAsync()).StartsWith("421", StringComparison.Ordinal))
                return busy;
            await peer.SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n");
            string[] replies = [await peer.ReplyAsync(), await peer.ReplyAsync(), await peer.ReplyAsync(), await peer.ReplyAsync()];
            if (!replies[^1].StartsWith("354", StringComparison.Ordinal))
                return busy;
            busy.Add((peer, peer.FloodAsync(256 * 1024)));
        }
    }

    private SmtpServer Server(SmtpLimits limits, Func<ReceivedMail, CancellationToken, ValueTask<DataResult>>? onMessage = null) => new(new SmtpServerOptions
    {
        Hostname = "mx.test",
        Limits = limits,
        TimeProvider = time,
        OnMessage = onMessage ?? (static (_, _) => new(SmtpReply.Ok)),
    });
}
