using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Socket activation by systemd's own tool, and the messages of sd_notify(3) from the running program.</summary>
public sealed class SystemdTests : IDisposable
{
    private const string Activate = "/usr/bin/systemd-socket-activate";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Sockets_of_systemd_are_served_by_their_names()
    {
        var port = ExternalProgram.FreePort();
        var lmtp = directory["lmtp.sock"];
        await using var program = await StartAsync(
            ["-l", $"127.0.0.1:{port}", "-l", lmtp, "--fdname", "front:lmtp"], "--smtp", "systemd:front", "--lmtp", "systemd:lmtp");
        // The program is started by the first connection, which must not be lost.
        using var client = await RawClient.ConnectAsync(new(IPAddress.Loopback, port), Cancel);
        await program.WaitUntilReadyAsync();
        Assert.Matches($@"\Aready smtp=127\.0\.0\.1:{port} lmtp=unix:{lmtp} http=127\.0\.0\.1:[1-9]\d*\z", program.ReadyLine);
        Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("activated")), StringComparison.Ordinal);
        await program.WaitForAsync("activated");
        Assert.Equal(0, await program.TerminateAsync());
        Assert.True(File.Exists(lmtp), "The file belongs to systemd, which goes on listening there.");
    }

    [Fact]
    public async Task A_name_that_was_not_passed_is_explained()
    {
        var port = ExternalProgram.FreePort();
        await using var program = await StartAsync(["-l", $"127.0.0.1:{port}", "--fdname", "front"], "--smtp", "systemd:other");
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        Assert.False(await program.TryWaitUntilReadyAsync());
        Assert.Equal(1, await program.ExitAsync());
        Assert.Contains("systemd has passed no socket for `systemd:other` (passed: front)", program.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_systemd_there_are_no_sockets()
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, "serve", "--smtp", "systemd", "--http", "127.0.0.1:0");
        Assert.Equal(1, exitCode);
        Assert.Contains("systemd has passed no socket for `systemd` (passed: none)", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_manager_is_told_of_start_and_stop()
    {
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(directory["notify"]));
        Dictionary<string, string> environment = new() { ["NOTIFY_SOCKET"] = directory["notify"] };
        await using var program = SmtpdProcess.Start(directory.Path, ["--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0"], environment);
        await program.WaitUntilReadyAsync();
        Assert.Equal("READY=1\nSTATUS=" + program.ReadyLine["ready ".Length..], await ReceiveAsync(manager));
        await program.SignalAsync("TERM");
        Assert.StartsWith("STOPPING=1\n", await ReceiveAsync(manager), StringComparison.Ordinal);
        Assert.Equal(0, await program.ExitAsync());
    }

    private async Task<SmtpdProcess> StartAsync(string[] activation, params string[] arguments)
    {
        if (!File.Exists(Activate))
            Skips.Missing("systemd-socket-activate is not installed");
        var program = SmtpdProcess.Start(directory.Path, [.. arguments, "--http", "127.0.0.1:0", "--data", directory["data"]], null, [Activate, .. activation, "--"]);
        var started = Stopwatch.StartNew();
        while (!program.Log.Contains("Listening on", StringComparison.Ordinal))
        {
            Assert.True(started.Elapsed < TimeSpan.FromSeconds(30), "It does not listen:\n" + program.Log);
            await Task.Delay(10, Cancel);
        }

        return program;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancel));
    }
}
