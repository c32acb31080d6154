using System.Net;
using System.Net.Sockets;

namespace Smtpd.Server.Tests.Running;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("--smtpp 127.0.0.1:0", "--smtpp")]
    [InlineData("serve --smtp", "--smtp")]
    [InlineData("sevre", "sevre")]
    [InlineData("serve --smtp 2525", "host:port")]
    [InlineData("serve --smtp 0.0.0.0:0", "Smtp:AllowUnauthenticated=true")]
    [InlineData("serve --http :0", "Http:AllowUnauthenticated=true")]
    [InlineData("serve --set Smtp:Hostnam=x", "did you mean Smtp:Hostname?")]
    [InlineData("serve --set Smtp:Hostname", "Section:Key=value")]
    [InlineData("serve --store postgres://u:secret@h", "must name a database")]
    [InlineData("serve --config nowhere.json", "no such file")]
    [InlineData("check-config --set Log:Level=Loud", "`Information`")]
    [InlineData("mailbox", "smtpd --help")]
    [InlineData("mailbox remove x", "x")]
    [InlineData("serve --smtp 127.0.0.1:0 --http 127.0.0.1:0 --set Smtp:CatchAll=77", "mailbox 77")]
    public async Task Wrong_use_says_what_to_do_and_exits_with_2(string arguments, string hint)
    {
        (var exitCode, var output, var error) = await SmtpdProcess.RunAsync(directory.Path, null, arguments.Split(' '));
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal); // a stack trace is no message
    }

    [Fact]
    public async Task Settings_come_from_file_then_environment_then_arguments()
    {
        await File.WriteAllTextAsync(directory["smtpd.json"], """{"Smtp":{"Hostname":"file.test","Limits":{"Errors":1,"Recipients":1}}}""", Cancel);
        Dictionary<string, string> environment = new() { ["SMTPD__Smtp__Limits__Errors"] = "2", ["SMTPD__Smtp__Limits__Recipients"] = "2" };
        (var exitCode, var output, _) = await SmtpdProcess.RunAsync(directory.Path, environment, "check-config", "--set", "Smtp:Limits:Recipients=3");
        Assert.Equal(0, exitCode);
        Assert.Contains("Smtp:Hostname = `file.test` (smtpd.json)", output, StringComparison.Ordinal);
        Assert.Contains("Smtp:Limits:Errors = `2` (environment variable SMTPD__Smtp__Limits__Errors)", output, StringComparison.Ordinal);
        Assert.Contains("Smtp:Limits:Recipients = `3` (--set)", output, StringComparison.Ordinal);
        Assert.EndsWith("The settings are right.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_knows_its_version()
    {
        (var exitCode, var output, _) = await SmtpdProcess.RunAsync(directory.Path, null, "version");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"\Asmtpd \d+\.\d+\.\d+\S*\n\z", output);
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_exits_with_1()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;
        (var smtpExit, _, var smtpError) = await SmtpdProcess.RunAsync(directory.Path, null, "serve", "--smtp", address, "--http", "127.0.0.1:0");
        (var httpExit, _, var httpError) = await SmtpdProcess.RunAsync(directory.Path, null, "serve", "--smtp", "127.0.0.1:0", "--http", address);
        Assert.Equal((1, 1), (smtpExit, httpExit));
        Assert.Contains($"cannot listen for SMTP on {address}: another program listens there", smtpError, StringComparison.Ordinal);
        Assert.Contains($"cannot listen for HTTP on {address}: another program listens there", httpError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_in_use_is_named_and_exits_with_1()
    {
        await using var first = await SmtpdProcess.ServeAsync(directory["data"]);
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, "serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("in use by another smtpd", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_addresses_are_announced_in_their_order()
    {
        var socket = directory["smtp.sock"];
        await using var program = SmtpdProcess.Start(directory.Path, ["--smtp", "127.0.0.1:0", "--smtp", "[::1]:0", "--smtp", "unix:" + socket, "--http", "localhost:0"]);
        await program.WaitUntilReadyAsync();
        Assert.Matches($@"\Aready smtp=127\.0\.0\.1:[1-9]\d* smtp=\[::1\]:[1-9]\d* smtp=unix:{socket} http=127\.0\.0\.1:[1-9]\d*\z", program.ReadyLine);
        Assert.Equal(0, await program.TerminateAsync());
    }

    [Fact]
    public async Task The_socket_file_of_a_killed_server_is_no_obstacle()
    {
        string[] arguments = ["--smtp", "unix:" + directory["smtp.sock"], "--http", "unix:" + directory["http.sock"]];
        for (var i = 0; i < 2; i++)
        {
            await using var program = SmtpdProcess.Start(directory.Path, arguments);
            await program.WaitUntilReadyAsync();
            Assert.Equal($"ready smtp=unix:{directory["smtp.sock"]} http=unix:{directory["http.sock"]}", program.ReadyLine);
            (var exitCode, _, _) = await SmtpdProcess.RunAsync(directory.Path, null, [.. arguments, "--data", "other"]);
            Assert.Equal(1, exitCode); // one that answers is one
            await program.KillAsync();
        }

        await File.WriteAllTextAsync(directory["file"], "precious", Cancel);
        (var refused, _, _) = await SmtpdProcess.RunAsync(directory.Path, null, "--smtp", "unix:" + directory["file"], "--http", "127.0.0.1:0");
        Assert.Equal((1, "precious"), (refused, await File.ReadAllTextAsync(directory["file"], Cancel)));
    }

    [Fact]
    public async Task Defaults_are_2525_and_8025_and_a_directory_below_the_working_one()
    {
        if (!IsFree(2525) || !IsFree(8025))
            Skips.Missing("another program listens on port 2525 or 8025");
        await using var program = SmtpdProcess.Start(directory.Path, []);
        await program.WaitUntilReadyAsync();
        Assert.Equal("ready smtp=127.0.0.1:2525 http=127.0.0.1:8025", program.ReadyLine);
        Assert.True(File.Exists(directory["smtpd-data", "smtpd.db"]));
    }

    [Fact]
    public async Task Sigint_ends_it_too()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        await program.SignalAsync("INT");
        Assert.Equal(0, await program.ExitAsync());
    }

    [Fact]
    public async Task Mailboxes_can_be_changed_beside_a_running_server()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"]);
        Assert.Equal((0, "2\n"), await MailboxAsync("add", "second"));
        Assert.Equal((1, ""), await MailboxAsync("add", "second"));
        Assert.Equal((0, "1\t0\t0\tdefault\t\t\n2\t0\t0\tsecond\t\t\n"), await MailboxAsync("list"));
        Assert.Equal(2, (await program.GetAsync("/api/mailboxes")).GetProperty("mailboxes").GetArrayLength());
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("x")), StringComparison.Ordinal);
        Assert.Equal((0, ""), await MailboxAsync("remove", "2"));
        Assert.Equal((1, ""), await MailboxAsync("remove", "2"));
    }

    private static bool IsFree(int port)
    {
        try
        {
            using TcpListener listener = new(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<(int, string)> MailboxAsync(params string[] arguments)
    {
        (var exitCode, var output, _) = await SmtpdProcess.RunAsync(directory.Path, null, ["mailbox", .. arguments, "--data", directory["data"]]);
        return (exitCode, output);
    }
}
