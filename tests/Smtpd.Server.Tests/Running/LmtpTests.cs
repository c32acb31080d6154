using System.Globalization;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>LMTP: Postfix hands over, and each recipient is answered.</summary>
public sealed class LmtpTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Postfix_delivers_through_it(bool unixSocket)
    {
        await MailboxAsync("address", "add", "1", "good@y.test");
        await using var program = await StartAsync(unixSocket ? "unix:" + directory["lmtp.sock"] : "127.0.0.1:0", "--set", "Smtp:SocketMode=666", "--set", "Smtp:CatchAll=");
        var port = ExternalProgram.FreePort();
        await WritePostfixAsync(port, unixSocket ? "unix:" + directory["lmtp.sock"] : $"inet:{program.EndPoint("lmtp")}");
        await ExternalProgram.RunAsync("postfix", null, "-c", directory["postfix"], "start");
        try
        {
            await ExternalProgram.RunAsync("swaks", null, "--server", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--timeout", "20",
                "--from", "a@x.test", "--to", "good@y.test,bad@y.test", "--header", "Subject: by Postfix");
            var found = await program.WaitForAsync("by Postfix");
            Assert.Equal(["good@y.test"], found.GetProperty("envelope").GetProperty("to").Deserialize<string[]>()!);
            var eml = await program.Http.GetStringAsync("/api/mailboxes/1/messages/1/eml", Cancel);
            Assert.Contains(" with LMTP id ", eml, StringComparison.Ordinal);
            await UntilLoggedAsync("to=<good@y.test>", "status=sent (250 2.0.0 Queued as ");
            await UntilLoggedAsync("to=<bad@y.test>", "status=bounced", "550 5.1.1");
        }
        finally
        {
            await ExternalProgram.RunAsync("postfix", null, "-c", directory["postfix"], "stop");
        }
    }

    [Fact]
    public async Task Each_recipient_is_answered_when_a_mailbox_goes_before_the_message()
    {
        await MailboxAsync("add", "second", "--address", "b@y.test");
        await using var program = await StartAsync("127.0.0.1:0");
        using var client = await RawClient.ConnectAsync(program.EndPoint("lmtp"), "LHLO", Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<b@y.test>", "250");
        await client.CommandAsync("RCPT TO:<other@y.test>", "250");
        await client.CommandAsync("RCPT TO:<B@y.test>", "250");
        await client.CommandAsync("DATA", "354");
        await MailboxAsync("remove", "2");
        await client.CommandAsync("Subject: for the rest\r\n\r\n.", "550 5.1.1");
        await client.ExpectAsync("250 2.0.0 Queued");
        await client.ExpectAsync("550 5.1.1");
        var found = await program.WaitForAsync("for the rest");
        Assert.Equal(["other@y.test"], found.GetProperty("envelope").GetProperty("to").Deserialize<string[]>()!);
    }

    [Fact]
    public async Task A_large_message_is_kept_for_the_rest_too()
    {
        await MailboxAsync("add", "second", "--address", "b@y.test");
        await using var program = await StartAsync("127.0.0.1:0");
        using var client = await RawClient.ConnectAsync(program.EndPoint("lmtp"), "LHLO", Cancel);
        await client.CommandAsync("MAIL FROM:<a@x.test>", "250");
        await client.CommandAsync("RCPT TO:<b@y.test>", "250");
        await client.CommandAsync("RCPT TO:<other@y.test>", "250");
        await client.CommandAsync("DATA", "354");
        await MailboxAsync("remove", "2");
        var message = TestMessages.Large("large", 1_000_000);
        await client.SendAsync(RawClient.Stuff(message));
        await client.CommandAsync(".", "550 5.1.1");
        await client.ExpectAsync("250 2.0.0 Queued");
        Assert.Equal(message, await program.RawAsync((await program.WaitForAsync("large")).GetProperty("uid").GetInt64()));
    }

    private Task<SmtpdProcess> StartAsync(string lmtp, params string[] arguments) => SmtpdProcess.ServeAsync(directory["data"], ["--lmtp", lmtp, .. arguments]);

    private async Task MailboxAsync(params string[] arguments)
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, ["mailbox", .. arguments, "--data", directory["data"]]);
        Assert.True(exitCode == 0, error);
    }

    // An instance of its own: queue, log and port are the test's, nothing goes out, and its users need to get at them.
    private async Task WritePostfixAsync(int port, string lmtp)
    {
        if (Environment.UserName is not "root" || !File.Exists("/usr/sbin/postfix"))
            Skips.Missing("Postfix is not installed, or cannot be started because this is not root");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(directory.Path, File.GetUnixFileMode(directory.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        foreach (var each in new[] { "postfix", "queue", "state" })
            Directory.CreateDirectory(directory[each]);
        await ExternalProgram.RunAsync("chown", null, "postfix", directory["state"]);
        await File.WriteAllTextAsync(directory["postfix", "main.cf"], $"""
            compatibility_level = 3.6
            queue_directory = {directory["queue"]}
            data_directory = {directory["state"]}
            maillog_file = {directory["postfix", "log"]}
            maillog_file_prefixes = {directory.Path}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = mx.front.test
            mydestination =
            virtual_mailbox_domains = y.test
            virtual_transport = lmtp:{lmtp}
            default_transport = discard:
            mynetworks = 127.0.0.0/8
            smtpd_recipient_restrictions = permit_mynetworks, reject
            smtpd_peername_lookup = no
            disable_dns_lookups = yes
            notify_classes =

            """, Cancel);
        await File.WriteAllTextAsync(directory["postfix", "master.cf"], $"""
            127.0.0.1:{port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            pickup unix n - n 60 1 pickup
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            proxymap unix - - n - - proxymap
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            lmtp unix - - n - - lmtp
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            flush unix n - n 1000? 0 flush
            postlog unix-dgram n - n - 1 postlogd

            """, Cancel);
    }

    private async Task UntilLoggedAsync(params string[] parts)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var lines = await File.ReadAllLinesAsync(directory["postfix", "log"], Cancel);
            if (lines.Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))))
                return;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"Not in the log: {string.Join(' ', parts)}\n{string.Join('\n', lines)}");
            await Task.Delay(50, Cancel);
        }
    }
}
