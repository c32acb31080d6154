using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Transport;

public sealed class StopTests
{
    [Fact(Timeout = Hang.Milliseconds)]
    public async Task An_idle_peer_is_told_421_and_the_stop_does_not_wait_for_it()
    {
        await using var server = Server();
        var peer = InMemoryPeer.Connect(server);
        await peer.ReplyAsync();

        await server.StopAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("421 4.3.2", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(string.Empty, await peer.ReplyAsync());
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_server_may_be_disposed_of_twice()
    {
        var server = Server();
        await server.DisposeAsync();
        await server.DisposeAsync();

        Assert.Empty(server.LocalEndPoints);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_running_transaction_finishes_before_its_421()
    {
        await using var server = Server();
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();

        var stop = server.StopAsync(TestContext.Current.CancellationToken);
        await peer.SendAsync("DATA\r\n");
        Assert.StartsWith("354", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.False(stop.IsCompleted);
        await peer.SendAsync("hello\r\n.\r\n");

        Assert.StartsWith("250 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await peer.ReplyAsync(), StringComparison.Ordinal);
        await stop;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_transaction_that_does_not_end_is_cut_at_the_deadline_and_its_handler_is_told()
    {
        var reset = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new SmtpServer(new SmtpServerOptions { HandlerFactory = _ => new ResetObserver(reset) });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();

        using var deadline = new CancellationTokenSource();
        var stop = server.StopAsync(deadline.Token);
        Assert.False(stop.IsCompleted);
        await deadline.CancelAsync();

        await stop;
        await reset.Task;
        Assert.Equal(string.Empty, await peer.ReplyAsync());
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_handler_that_ignores_its_token_does_not_hold_up_the_stop_for_ever()
    {
        var time = new FakeTimeProvider();
        var never = new TaskCompletionSource<DataResult>();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = new SmtpServer(new SmtpServerOptions
        {
            TimeProvider = time,
            OnMessage = (_, _) =>
            {
                entered.SetResult();
                return new(never.Task);
            },
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\nhello\r\n.\r\n");
        await entered.Task;

        var stop = server.DisposeAsync().AsTask();
        while (!stop.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await stop;
        Assert.False(peer.Served.IsCompleted);
        never.SetResult(SmtpReply.Ok);
        await peer.Served;
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_stopped_server_refuses_new_connections_at_the_socket()
    {
        await using var server = Server();
        await server.StartAsync(TestContext.Current.CancellationToken);
        var endPoint = (IPEndPoint)server.LocalEndPoints.Single();
        Assert.NotEqual(0, endPoint.Port);
        using (var before = new TcpClient())
            await before.ConnectAsync(endPoint, TestContext.Current.CancellationToken);

        await server.StopAsync(TestContext.Current.CancellationToken);

        using var after = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => after.ConnectAsync(endPoint, TestContext.Current.CancellationToken).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync(TestContext.Current.CancellationToken));
        using var passed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        passed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        passed.Listen();
        Assert.Throws<InvalidOperationException>(() => { _ = server.ServeAsync(passed, CancellationToken.None); });
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task ListenAndServe_ends_when_its_token_is_cancelled()
    {
        await using var server = Server();
        using var stop = new CancellationTokenSource();
        var serving = server.ListenAndServeAsync(stop.Token);
        await stop.CancelAsync();
        await serving;
    }

    private static SmtpServer Server() => new(new SmtpServerOptions
    {
        Address = "127.0.0.1:0",
        OnMessage = static (_, _) => new(SmtpReply.Ok),
    });

    private sealed class ResetObserver(TaskCompletionSource reset) : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnRecipientAsync(
            SmtpConnection connection, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) => new(SmtpReply.Continue);

        public override ValueTask OnResetAsync(SmtpConnection connection, MailTransaction transaction, CancellationToken cancellationToken)
        {
            Assert.False(cancellationToken.IsCancellationRequested);
            reset.SetResult();
            return ValueTask.CompletedTask;
        }
    }
}
