using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

/// <summary>What is held back on purpose, and hooks that hold back without a purpose.</summary>
public sealed class PatienceTests
{
    private readonly WatchedTime time = new();

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_patient_client_is_greeted_when_the_delay_is_over()
    {
        await using var server = Server(new SmtpTimeouts { GreetingDelay = TimeSpan.FromSeconds(20) });
        var peer = InMemoryPeer.Connect(server);
        var greeting = peer.ReplyAsync();

        await AssertHeldBackAsync(greeting, TimeSpan.FromSeconds(20));

        Assert.StartsWith("220", await greeting, StringComparison.Ordinal);
        await peer.SendAsync("NOOP\r\n");
        Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_client_that_talks_before_the_greeting_is_refused_and_nothing_it_said_is_done()
    {
        await using var server = Server(new SmtpTimeouts { GreetingDelay = TimeSpan.FromSeconds(20) });
        var peer = InMemoryPeer.Connect(server);
        await peer.SendAsync("EHLO client.test\r\nMAIL FROM:<a@x.test>\r\n");
        var greeting = peer.ReplyAsync();

        await time.AdvanceToAsync(greeting, atLeast: TimeSpan.FromSeconds(20));

        Assert.StartsWith("554 5.5.0", await greeting, StringComparison.Ordinal);
        Assert.Equal(string.Empty, await peer.ReplyAsync());
        peer.Close();
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_stop_does_not_wait_for_a_greeting_that_is_held_back()
    {
        await using var server = Server(new SmtpTimeouts { GreetingDelay = TimeSpan.FromSeconds(20) });
        var peer = InMemoryPeer.Connect(server);

        await server.StopAsync(TestContext.Current.CancellationToken);

        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task Each_refusal_is_held_back_and_what_is_accepted_is_not()
    {
        await using var server = Server(new SmtpTimeouts { ErrorDelay = TimeSpan.FromSeconds(10) });
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();
        await peer.SendAsync("EHLO client.test\r\n");
        Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);

        await peer.SendAsync("FOO\r\nBAR\r\nBAZ\r\n");
        var refusal = peer.ReplyAsync();
        await AssertHeldBackAsync(refusal, TimeSpan.FromSeconds(30));

        Assert.StartsWith("500", await refusal, StringComparison.Ordinal);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_hook_that_ignores_its_token_does_not_keep_its_client()
    {
        var never = new TaskCompletionSource<DataResult>();
        var timeouts = new SmtpTimeouts { Handler = TimeSpan.FromSeconds(100) };
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server(timeouts, (_, token) =>
        {
            token.Register(cancelled.SetResult);
            return new(never.Task);
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        Assert.StartsWith("354", await peer.ReplyAsync(), StringComparison.Ordinal);
        await peer.SendAsync("hello\r\n.\r\n");

        var end = peer.ReplyAsync();
        await time.AdvanceToAsync(end, atLeast: timeouts.Handler);

        Assert.Equal(string.Empty, await end);
        await cancelled.Task;
        Assert.False(peer.Served.IsCompleted);
        never.SetResult(SmtpReply.Ok);
        await peer.Served;
    }

    /// <summary>The reply does not come before the server has waited for that long.</summary>
    private async Task AssertHeldBackAsync(Task reply, TimeSpan delay)
    {
        await Task.WhenAny(reply, time.WaitOf(delay));
        Assert.False(reply.IsCompleted, "The reply was not held back.");
        time.Advance(delay - TimeSpan.FromMilliseconds(1));
        Assert.False(reply.IsCompleted, "The reply came too early.");
        time.Advance(TimeSpan.FromMilliseconds(1));
        await reply;
    }

    private SmtpServer Server(SmtpTimeouts timeouts, Func<ReceivedMail, CancellationToken, ValueTask<DataResult>>? onMessage = null) => new(new SmtpServerOptions
    {
        Hostname = "mx.test",
        Timeouts = timeouts,
        TimeProvider = time,
        OnMessage = onMessage ?? (static (_, _) => new(SmtpReply.Ok)),
    });

    /// <summary>A clock that tells when somebody begins to wait on it.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<TimeSpan, TaskCompletionSource> waits = new();

        public Task WaitOf(TimeSpan delay) => Begun(delay).Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Begun(dueTime).TrySetResult();
            return timer;
        }

        private TaskCompletionSource Begun(TimeSpan delay) =>
            waits.GetOrAdd(delay, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
