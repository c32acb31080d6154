namespace Smtpd.Server.Tests.Running;

/// <summary><c>smtpd backup</c>: what it copies can be served, and nothing is ever overwritten.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_backup_of_a_running_server_is_a_store()
    {
        byte[][] messages = [TestMessages.Text("small"), TestMessages.Large("large", 400_000)];
        await using (var program = await SmtpdProcess.ServeAsync(directory["data"]))
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            foreach (var each in messages)
                Assert.StartsWith("250 ", await client.MessageAsync(each), StringComparison.Ordinal);
            Assert.Equal((0, $"2 messages, {messages.Sum(each => each.Length)} octets, 1 of them in files\n", ""), await BackupAsync(directory["copy"]));
            Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("after the backup")), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(directory["copy.unfinished"]));
        await using var restored = await SmtpdProcess.ServeAsync(directory["copy"]);
        Assert.Equal(2, (await restored.GetAsync("/api/mailboxes/1/messages")).GetProperty("messages").GetArrayLength());
        for (var i = 0; i < messages.Length; i++)
            Assert.Equal(messages[i], await restored.RawAsync(i + 1));
        using var again = await RawClient.ConnectAsync(restored.Smtp, Cancel);
        Assert.StartsWith("250 ", await again.MessageAsync(TestMessages.Text("into the copy")), StringComparison.Ordinal);
        Assert.Equal(1, (await restored.GetAsync("/api/search?q=small")).GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task A_server_that_is_stopped_can_be_copied_too()
    {
        await using (var program = await SmtpdProcess.ServeAsync(directory["data"]))
            Assert.Equal(0, await program.TerminateAsync());
        Assert.Equal((0, "0 messages, 0 octets, 0 of them in files\n", ""), await BackupAsync(directory["copy"]));
    }

    [Theory]
    [InlineData(1, "is not there: say with --data", "backup", "copy", "--data", "nowhere")]
    [InlineData(1, "is there already. Nothing is overwritten", "backup", "taken", "--data", "data")]
    [InlineData(1, "another backup is being made, or one was broken off", "backup", "half", "--data", "data")]
    [InlineData(1, "is a database of another program", "backup", "copy", "--data", "foreign")]
    [InlineData(2, "docs/backup.md", "backup", "copy", "--store", "postgres://u@127.0.0.1/db")]
    [InlineData(2, "keeps nothing", "backup", "copy", "--store", "null")]
    [InlineData(2, "Required argument missing", "backup")]
    public async Task What_cannot_be_copied_is_said(int expected, string words, params string[] arguments)
    {
        await using (var program = await SmtpdProcess.ServeAsync(directory["data"]))
            Assert.Equal(0, await program.TerminateAsync());
        Directory.CreateDirectory(directory["taken"]);
        Directory.CreateDirectory(directory["half.unfinished"]);
        Directory.CreateDirectory(directory["foreign"]);
        await ForeignAsync(directory["foreign", "smtpd.db"]);

        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, arguments);
        Assert.Equal(expected, exitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory["copy"]));
    }

    private static async Task ForeignAsync(string path)
    {
        await using Microsoft.Data.Sqlite.SqliteConnection connection = new($"Data Source={path};Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE somebody (x)";
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private Task<(int ExitCode, string Output, string Error)> BackupAsync(string target) => SmtpdProcess.RunAsync(directory.Path, null, "backup", target, "--data", directory["data"]);
}
