using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Server.Tests.Running;

/// <summary>The program on PostgreSQL: killed itself, its database killed under it, and beside another one.</summary>
public sealed class PostgresRunningTests : IAsyncLifetime
{
    private const int Kills = 8;
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
    public async Task Whatever_was_acknowledged_is_there_once_and_whole_after_smtpd_was_killed()
    {
        MailLedger ledger = new();
        Random random = new(20);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var program = await ServeAsync();
            var enough = ledger.Expect(random.Next(1, 250));
            Task[] loaders = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(() => ledger.LoadAsync(program), Cancel))];
            await enough.WaitAsync(Cancel);
            await program.KillAsync();
            await Task.WhenAll(loaders);
        }

        Assert.True(ledger.Acknowledged > 20 * Kills, $"only {ledger.Acknowledged} messages were acknowledged");
        await CompareAsync(ledger);
    }

    [Fact]
    public async Task When_PostgreSQL_is_killed_mail_is_refused_until_it_is_back_and_nothing_is_lost()
    {
        await using var program = await ServeAsync();
        await UnderLoadAsync(program, async ledger =>
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await Cluster.KillAsync();
                var refused = ledger.Refused;
                if (kill % 2 == 0)
                    await EventuallyAsync(() => ledger.Refused > refused); // else it comes back at once
                await Cluster.StartAsync();
                await ledger.Expect(100).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            }

            Assert.True(ledger.Refused > 0, "nobody was refused");
        });
        using var ready = await program.Http.GetAsync("/readyz", Cancel);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.DoesNotContain("secret", program.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_sessions_are_ended_all_the_time_nothing_is_lost()
    {
        await using var program = await ServeAsync();
        await UnderLoadAsync(program, async ledger =>
        {
            for (var i = 0; i < 40; i++)
            {
                await Cluster.ExecuteAsync("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'smtpd'");
                await Task.Delay(i * 3, Cancel);
            }

            await ledger.Expect(200).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        });
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

    private async Task UnderLoadAsync(SmtpdProcess program, Func<MailLedger, Task> act)
    {
        MailLedger ledger = new();
        using CancellationTokenSource stop = new();
        var enough = ledger.Expect(100);
        Task[] loaders = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(() => ledger.LoadAsync(program, stop.Token), Cancel))];
        await enough.WaitAsync(Cancel);
        try
        {
            await act(ledger);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(loaders);
        }

        await CompareAsync(ledger);
    }

    private async Task CompareAsync(MailLedger ledger)
    {
        Assert.True(PostgresAddress.TryParse(store, out var address, out _));
        await using IMessageStore opened = await PostgresMessageStore.OpenAsync(address, new StorageOptions { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, Cancel);
        await ledger.CompareAsync(opened);
    }

    private static async Task EventuallyAsync(Func<bool> isTrue)
    {
        var until = DateTime.UtcNow.AddSeconds(30);
        while (!isTrue())
        {
            Assert.True(DateTime.UtcNow < until, "it did not come about");
            await Task.Delay(20, Cancel);
        }
    }
}
