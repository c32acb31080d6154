using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

public sealed class DeadlineTests
{
    private static readonly SmtpTimeouts Timeouts = new()
    {
        Greeting = TimeSpan.FromSeconds(60),
        Command = TimeSpan.FromSeconds(300),
        Data = TimeSpan.FromSeconds(180),
        Write = TimeSpan.FromSeconds(50),
        Connection = TimeSpan.FromSeconds(1000),
        MinimumDataRate = 100,
    };

    // Sending ends when the server has taken every octet: only then does the clock move on.
    private const int OctetByOctet = 2;

    private readonly FakeTimeProvider time = new();

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_peer_that_says_nothing_is_told_421_when_the_greeting_timeout_has_passed()
    {
        await using var server = Server();
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();

        Assert.InRange(await AdvanceTo(peer.ReplyAsync(), "421 4.4.2"), Timeouts.Greeting, TimeSpan.MaxValue);
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task The_deadline_of_a_command_is_not_moved_by_its_octets()
    {
        await using var server = Server(timeouts: Timeouts with { Connection = TimeSpan.FromDays(10) });
        var peer = InMemoryPeer.Connect(server, window: OctetByOctet);
        await peer.ReplyAsync();
        await peer.SendAsync("NOOP\r\n");
        await peer.ReplyAsync();

        var reply = peer.ReplyAsync();
        var passed = await AdvanceTo(reply, "421 4.4.2", eachStep: () => peer.SendAsync("x"));

        // Each octet came within the timeout: a deadline that started anew with each would never pass.
        Assert.InRange(passed, Timeouts.Command, 2 * Timeouts.Command);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Content_that_stops_coming_is_told_421_and_the_handler_learns_of_the_loss()
    {
        var abort = new TaskCompletionSource<MessageAbortReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server(async (mail, cancellationToken) =>
        {
            var exception = await Assert.ThrowsAsync<MessageAbortedException>(() => mail.Body.CopyToAsync(Stream.Null, CancellationToken.None));
            abort.SetResult(exception.Reason);
            return SmtpReply.Ok;
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();
        await peer.FloodAsync(2 * MessageBody.BufferedOctets);

        Assert.InRange(await AdvanceTo(peer.ReplyAsync(), "421 4.4.2"), Timeouts.Data, TimeSpan.MaxValue);
        Assert.Equal(MessageAbortReason.ConnectionLost, await abort.Task);
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Content_that_drips_is_told_421_although_every_octet_is_in_time()
    {
        await using var server = Server(timeouts: Timeouts with { Data = TimeSpan.FromDays(10), Connection = TimeSpan.FromDays(10) });
        var peer = InMemoryPeer.Connect(server, window: OctetByOctet);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();

        var passed = await AdvanceTo(peer.ReplyAsync(), "421 4.4.2", eachStep: () => peer.SendAsync("x"));

        Assert.InRange(passed, TimeSpan.FromSeconds(60), TimeSpan.MaxValue);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_connection_that_never_ends_is_ended()
    {
        await using var server = Server();
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        var last = string.Empty;
        var passed = TimeSpan.Zero;
        while (!last.StartsWith("421 4.4.2", StringComparison.Ordinal))
        {
            Assert.True(passed < 10 * Timeouts.Connection, "The connection was never ended.");
            time.Advance(TimeSpan.FromSeconds(30));
            passed += TimeSpan.FromSeconds(30);
            await peer.SendAsync("NOOP\r\n");
            last = await peer.ReplyAsync();
        }

        Assert.InRange(passed, Timeouts.Connection, TimeSpan.MaxValue);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_peer_that_takes_no_replies_is_cut_when_the_write_timeout_has_passed()
    {
        await using var server = Server();
        var peer = new StuckPeer(takes: 0);
        var served = server.ServeConnectionAsync(peer, cancellationToken: TestContext.Current.CancellationToken);
        await peer.Stuck;

        Assert.InRange(await time.AdvanceToAsync(served, Timeouts.Write), Timeouts.Write, TimeSpan.MaxValue);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_peer_that_pipelines_and_takes_no_replies_pins_no_memory()
    {
        await using var server = Server();
        // It takes the greeting, then nothing more; a hundred thousand commands would make ten megabytes of replies.
        var peer = new StuckPeer(takes: 1);
        var served = server.ServeConnectionAsync(peer, cancellationToken: TestContext.Current.CancellationToken);
        var flood = peer.SendAsync(string.Concat(Enumerable.Repeat("HELP\r\n", 100_000)));
        await peer.Stuck;

        Assert.InRange(peer.Written, 1, 256 * 1024);
        Assert.False(flood.IsCompleted, "The server read on although its replies were not taken.");
        await time.AdvanceToAsync(served, Timeouts.Write);
    }

    private SmtpServer Server(
        Func<ReceivedMail, CancellationToken, ValueTask<DataResult>>? onMessage = null, SmtpTimeouts? timeouts = null) => new(new SmtpServerOptions
        {
            Hostname = "mx.test",
            Timeouts = timeouts ?? Timeouts,
            TimeProvider = time,
            OnMessage = onMessage ?? (static (_, _) => new(SmtpReply.Ok)),
        });

    private async Task<TimeSpan> AdvanceTo(Task<string> reply, string expected, Func<Task>? eachStep = null)
    {
        var passed = await time.AdvanceToAsync(reply, eachStep: eachStep);
        Assert.StartsWith(expected, await reply, StringComparison.Ordinal);
        return passed;
    }
}
