using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>The running program with few file descriptors. Without any (EMFILE) the runtime itself may end, so it must not come to that.</summary>
public sealed class DescriptorTests
{
    private const int Descriptors = 512;

    // 512 - 320 - 512 / 8, see DescriptorLimit.
    private const int Served = 128;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_serves_as_many_as_its_descriptors_allow_and_tells_the_others_421()
    {
        using TemporaryDirectory directory = new();
        await using var program = SmtpdProcess.Start(null,
            ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"], "--set", "Smtp:Limits:ConnectionsPerAddress=10000"],
            environment: null, "prlimit", string.Create(CultureInfo.InvariantCulture, $"--nofile={Descriptors}"));
        await program.WaitUntilReadyAsync();

        List<TcpClient> clients = [];
        try
        {
            for (var i = 0; i < 2 * Descriptors; i++)
            {
                TcpClient client = new();
                clients.Add(client);
                await client.ConnectAsync(program.Smtp, Cancel);
                Assert.StartsWith(i < Served ? "220" : "421", await ReadAsync(client), StringComparison.Ordinal);
            }

            await clients[0].GetStream().WriteAsync("NOOP\r\n"u8.ToArray(), Cancel);
            Assert.StartsWith("250", await ReadAsync(clients[0]), StringComparison.Ordinal);
        }
        finally
        {
            clients.ForEach(each => each.Dispose());
        }

        Assert.Equal(0, await program.TerminateAsync());
        Assert.Contains($"At most {Served} connections instead of", program.Log, StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        var buffer = new byte[1024];
        var length = await client.GetStream().ReadAsync(buffer, Cancel);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
