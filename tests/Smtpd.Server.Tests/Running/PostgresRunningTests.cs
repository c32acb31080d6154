using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Server.Tests.Running;

/// <summary>The program on PostgreSQL beside another one. What it survives is shown by <c>tests/Smtpd.Lab</c>.</summary>
public sealed class PostgresRunningTests : IAsyncLifetime
{
    private const int Connections = 20;

    private readonly TemporaryDirectory directory = new();
    private PostgresCluster? started;
    private string store = "";

    private PostgresCluster Cluster => started!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        started = await PostgresCluster.StartAsync(isDurable: true);
        store = Cluster.Url(await Cluster.CreateDatabaseAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (started is not null)
            await started.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Two_servers_share_a_database()
    {
        await using var a = await ServeAsync();
        await using var b = await ServeAsync();
        var waiting = a.WaitForAsync("to the other one");
        MailLedger ledger = new();
        using CancellationTokenSource stop = new();
        var enough = ledger.Expect(500);
        Task[] loaders = [.. Enumerable.Range(0, Connections).Select(i => Task.Run(() => ledger.LoadAsync(i % 2 == 0 ? a : b, stop.Token), Cancel))];
        await enough.WaitAsync(Cancel);
        await stop.CancelAsync();
        await Task.WhenAll(loaders);
        Assert.Equal(0, ledger.Refused);
        await CompareAsync(ledger);

        Assert.False(waiting.IsCompleted);
        using (var client = await RawClient.ConnectAsync(b.Smtp, Cancel))
            Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("to the other one")), StringComparison.Ordinal);
        var message = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        var uid = message.GetProperty("uid").GetInt64();
        Assert.Equal(await a.RawAsync(uid), await b.RawAsync(uid));
        Assert.Equal(0, await a.TerminateAsync());
        Assert.Equal(0, await b.TerminateAsync());
    }

    [Fact]
    public async Task Mailboxes_are_kept_by_the_command_line_beside_a_server()
    {
        await using var program = await ServeAsync();
        (var exitCode, var output, var error) = await SmtpdProcess.RunAsync(directory.Path, null, "mailbox", "add", "second", "--address", "support@y.test", "--store", store, "--data", directory["elsewhere"]);
        Assert.True(exitCode == 0, error);
        var id = int.Parse(output, System.Globalization.CultureInfo.InvariantCulture);
        using (var client = await RawClient.ConnectAsync(program.Smtp, Cancel))
        {
            await client.BeginAsync("support@y.test");
            await client.SendAsync("Subject: hello\r\n\r\n.\r\n");
            Assert.StartsWith("250 ", await client.ReplyAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(1, (await program.Http.GetFromJsonAsync<JsonElement>($"/api/mailboxes/{id}/messages", Cancel)).GetProperty("messages").GetArrayLength());
    }

    private Task<SmtpdProcess> ServeAsync() => SmtpdProcess.ServeAsync(directory["data"], "--store", store);

    private async Task CompareAsync(MailLedger ledger)
    {
        Assert.True(PostgresAddress.TryParse(store, out var address, out _));
        await using IMessageStore opened = await PostgresMessageStore.OpenAsync(address, new StorageOptions { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, Cancel);
        await ledger.CompareAsync(opened);
    }
}
