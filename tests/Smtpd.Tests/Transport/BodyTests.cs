using System.Text;

namespace Smtpd.Tests.Transport;

public sealed class BodyTests
{
    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_handler_that_does_not_read_makes_the_peer_wait()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long received = 0;
        await using var server = Server(async (mail, cancellationToken) =>
        {
            entered.SetResult();
            await mayRead.Task;
            await foreach (var piece in mail.Body.ReadAllAsync(cancellationToken))
                received += piece.Length;
            return SmtpReply.Ok;
        });
        var peer = InMemoryPeer.Connect(server, window: 4096);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();

        var flood = peer.FloodAsync(2_000_000);
        await entered.Task;
        Assert.False(flood.IsCompleted);
        mayRead.SetResult();
        await flood;
        await peer.SendAsync("\r\n.\r\n");

        Assert.StartsWith("250 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(2_000_002, received);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public async Task What_a_handler_does_not_read_is_thrown_away_and_the_dialogue_goes_on(int size)
    {
        await using var server = Server(static (_, _) => new(SmtpReply.Accepted("not read")));
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();
        await peer.FloodAsync(size);
        await peer.SendAsync("\r\n.\r\nNOOP\r\n");

        Assert.Equal("250 2.0.0 not read", await peer.ReplyAsync());
        Assert.StartsWith("250", await peer.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Hang.Milliseconds)]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public async Task A_body_may_be_read_synchronously(int size)
    {
        long received = 0;
        await using var server = Server((mail, _) =>
        {
            using var reader = new StreamReader(mail.Body.AsStream(), Encoding.ASCII);
            received = reader.ReadToEnd().Length;
            return new(SmtpReply.Ok);
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();
        await peer.FloodAsync(size);
        await peer.SendAsync("\r\n.\r\n");

        Assert.StartsWith("250 2.0.0", await peer.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(size + 2, received);
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task The_end_of_the_connection_is_not_the_end_of_the_message()
    {
        var ended = new TaskCompletionSource<MessageAbortReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server(async (mail, cancellationToken) =>
        {
            try
            {
                await mail.Body.CopyToAsync(Stream.Null, CancellationToken.None);
            }
            catch (MessageAbortedException exception)
            {
                ended.SetResult(exception.Reason);
                throw;
            }

            return SmtpReply.Ok;
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\n");
        await peer.ReplyAsync();
        await peer.FloodAsync(2 * MessageBody.BufferedOctets);
        peer.Close();

        Assert.Equal(MessageAbortReason.ConnectionLost, await ended.Task);
        await peer.Served;
        Assert.Equal(string.Empty, await peer.ReplyAsync());
    }

    [Fact(Timeout = Hang.Milliseconds)]
    public async Task A_short_message_cut_off_never_reaches_the_handler_as_a_message()
    {
        var messages = 0;
        await using var server = Server((_, _) =>
        {
            messages++;
            return new(SmtpReply.Ok);
        });
        var peer = InMemoryPeer.Connect(server);
        await peer.BeginMailAsync();
        await peer.SendAsync("DATA\r\nhalf\r\n.\r");
        peer.Close();
        await peer.Served;
        Assert.Equal(0, messages);
    }

    private static SmtpServer Server(Func<ReceivedMail, CancellationToken, ValueTask<DataResult>> onMessage) =>
        new(new SmtpServerOptions { OnMessage = onMessage });
}
