using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>What the running program does with mail over SMTP.</summary>
public sealed class IntakeTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Mail_outlives_the_program_and_uids_go_on()
    {
        var message = TestMessages.Text("kept");
        await using (var first = await ServeAsync())
        {
            using var client = await RawClient.ConnectAsync(first.Smtp, Cancel);
            Assert.StartsWith("250", await client.MessageAsync(message), StringComparison.Ordinal);
            Assert.StartsWith("250", await client.MessageAsync(message), StringComparison.Ordinal);
            using var deleted = await first.Http.DeleteAsync("/api/mailboxes/1/messages/2", Cancel);
            Assert.Equal(0, await first.TerminateAsync());
            Assert.Equal("", await first.RestOfOutputAsync());
        }

        await using var second = await ServeAsync();
        Assert.Equal(message, await second.RawAsync(1));
        using var again = await RawClient.ConnectAsync(second.Smtp, Cancel);
        await again.MessageAsync(message);
        await AssertUidsAsync(second, 3L, 1L);
    }

    [Fact]
    public async Task A_loop_is_refused_and_the_session_goes_on()
    {
        await using var program = await ServeAsync();
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("554 5.4.6 ", await client.MessageAsync(WithReceived(101)), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.MessageAsync(WithReceived(100)), StringComparison.Ordinal);
        await AssertUidsAsync(program, 1L);
    }

    [Fact]
    public async Task Too_large_is_refused_when_told_and_when_seen()
    {
        await using var program = await ServeAsync("--set", "Smtp:Limits:MessageBytes=400K");
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test> SIZE=1000000", "552 5.3.4");
        Assert.StartsWith("552 5.3.4 ", await client.MessageAsync(TestMessages.Large("too large", 600_000)), StringComparison.Ordinal);
        var fits = TestMessages.Large("fits", 400 * 1024);
        Assert.StartsWith("250 ", await client.MessageAsync(fits), StringComparison.Ordinal);
        Assert.Equal(fits, await program.RawAsync(1));
        await AssertUidsAsync(program, 1L);
        Assert.Equal(0, await program.TerminateAsync());
        Assert.Empty(Directory.EnumerateFiles(directory["data", "spool"]));
    }

    [Theory]
    [InlineData(5_000_000)]
    [InlineData(30_000_000)]
    public async Task Large_mail_is_kept_octet_for_octet(int size)
    {
        var message = TestMessages.Large("large", size);
        await using var program = await ServeAsync();
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("250 ", await client.MessageAsync(message), StringComparison.Ordinal);
        Assert.Equal(message, await program.RawAsync(1));
    }

    [Fact]
    public async Task A_client_that_breaks_off_leaves_nothing()
    {
        await using var program = await ServeAsync();
        using (var small = await RawClient.ConnectAsync(program.Smtp, Cancel))
        using (var large = await RawClient.ConnectAsync(program.Smtp, Cancel))
        {
            await small.BeginAsync();
            await small.SendAsync("Subject: half\r\n\r\nhalf");
            await large.BeginAsync();
            await large.SendAsync(RawClient.Stuff(TestMessages.Large("half", 2_000_000)));
        }

        // The drain waits for running transactions, so after the exit everything has been noticed.
        Assert.Equal(0, await program.TerminateAsync());
        Assert.Empty(Directory.EnumerateFiles(directory["data", "spool"]));
        Assert.Empty(Directory.EnumerateFiles(directory["data", "content"]));
        await using var again = await ServeAsync();
        await AssertUidsAsync(again);
    }

    [Fact]
    public async Task Twenty_connections_at_once_are_all_kept_whole()
    {
        await using var program = await ServeAsync();
        byte[][] messages = [.. Enumerable.Range(0, 400).Select(i => TestMessages.Large(i.ToString(CultureInfo.InvariantCulture), i % 50 == 0 ? 300_000 : 1000 + i))];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(part => Task.Run(async () =>
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            for (var i = part; i < messages.Length; i += 20)
                Assert.StartsWith("250 ", await client.MessageAsync(messages[i]), StringComparison.Ordinal);
        }, Cancel)));

        var list = await program.GetAsync("/api/mailboxes/1/messages?limit=500");
        Assert.Equal(400, list.GetProperty("messages").GetArrayLength());
        foreach (var each in list.GetProperty("messages").EnumerateArray())
        {
            var number = int.Parse(each.GetProperty("subject").GetString()!, CultureInfo.InvariantCulture);
            Assert.Equal(messages[number], await program.RawAsync(each.GetProperty("uid").GetInt64()));
        }
    }

    [Fact]
    public async Task Without_a_catch_all_nobody_is_known()
    {
        await using var program = await ServeAsync("--set", "Smtp:CatchAll=");
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<b@y.test>", "550 5.1.1");
    }

    [Fact]
    public async Task Without_free_space_mail_is_refused_early_and_readiness_says_so()
    {
        await using var program = await ServeAsync("--set", "Storage:MinimumFreeBytes=8000000G");
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "452 4.3.1");
        using var ready = await program.Http.GetAsync("/readyz", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task The_null_store_accepts_and_forgets()
    {
        await using var program = await ServeAsync("--store", "null");
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("250 2.0.0 Queued as ", await client.MessageAsync(TestMessages.Large("null", 400_000)), StringComparison.Ordinal);
        await AssertUidsAsync(program);
        Assert.False(Directory.Exists(directory["data"]));
    }

    // ---- Stopping

    [Fact]
    public async Task Sigterm_lets_a_running_transaction_finish()
    {
        var message = TestMessages.Text("during the drain");
        await using var program = await ServeAsync();
        using var idle = await RawClient.ConnectAsync(program.Smtp, Cancel);
        using var busy = await RawClient.ConnectAsync(program.Smtp, Cancel);
        var waiting = program.Http.GetAsync("/api/mailboxes/1/wait?timeout=300&subject=never", Cancel);
        await busy.BeginAsync();
        await busy.SendAsync(message.AsMemory(0, 10));
        await program.SignalAsync("TERM");

        Assert.StartsWith("421 4.3.2", await idle.ReplyAsync(), StringComparison.Ordinal); // so the drain has begun
        await busy.SendAsync(message.AsMemory(10));
        await busy.SendAsync(".\r\n");
        Assert.StartsWith("250 ", await busy.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await program.ExitAsync());
        using var ended = await waiting;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ended.StatusCode);

        await using var again = await ServeAsync();
        Assert.Equal(message, await again.RawAsync(1));
    }

    [Fact]
    public async Task A_transaction_that_does_not_end_is_cut_at_the_deadline()
    {
        await using var program = await ServeAsync("--set", "Shutdown:DrainTimeout=1");
        using var busy = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await busy.BeginAsync();
        Assert.Equal(0, await program.TerminateAsync());
    }

    [Fact]
    public async Task A_second_signal_does_not_wait()
    {
        await using var program = await ServeAsync("--set", "Shutdown:DrainTimeout=01:00:00");
        using var idle = await RawClient.ConnectAsync(program.Smtp, Cancel);
        using var busy = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await busy.BeginAsync();
        await program.SignalAsync("TERM");
        Assert.StartsWith("421", await idle.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(128 + 15, await program.TerminateAsync());
    }

    private static byte[] WithReceived(int count)
    {
        StringBuilder text = new();
        for (var i = 0; i < count; i++)
            text.Append(i % 2 == 0 ? "Received: from a\r\n\tby b; date\r\n" : "RECEIVED: from c\r\n");
        return Encoding.ASCII.GetBytes(text + "Subject: loop\r\n\r\nReceived: not a field\r\n");
    }

    private static async Task AssertUidsAsync(SmtpdProcess program, params long[] newestFirst) =>
        Assert.Equal(newestFirst, (await program.GetAsync("/api/mailboxes/1/messages?limit=500")).GetProperty("messages").EnumerateArray().Select(each => each.GetProperty("uid").GetInt64()));

    private Task<SmtpdProcess> ServeAsync(params string[] arguments) => SmtpdProcess.ServeAsync(directory["data"], arguments);
}
