using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Server.Tests.Running;

/// <summary>The running program on a disk that fails below everything of ours, SQLite included: strace answers system calls in the kernel's place.</summary>
public sealed class FailingDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fsync", "EIO", 1, false)]
    [InlineData("fsync", "EIO", 2, true)]
    [InlineData("pwrite64", "ENOSPC", 1, false)]
    [InlineData("pwrite64", "ENOSPC", 3, false)]
    [InlineData("pwrite64", "EIO", 8, false)]
    [InlineData("pwrite64", "ENOSPC", 15, true)]
    [InlineData("rename", "EIO", 1, true)]
    public async Task What_cannot_be_written_is_not_acknowledged(string call, string error, int nth, bool starts)
    {
        using TemporaryDirectory directory = new();
        await using (var fresh = await SmtpdProcess.ServeAsync(directory["data"]))
            Assert.Equal(0, await fresh.TerminateAsync());

        var sent = await SendOnFailingDiskAsync(directory, call, error, nth);
        // strace counts for each thread by itself: the first calls hit the start, later ones the writer in the middle of mail.
        Assert.Equal(starts ? [false, true] : [], sent.Select(each => each.Acknowledged).Distinct().Order());

        await using IMessageStore store = await SqliteMessageStore.OpenAsync(new StorageOptions { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, Cancel);
        List<byte[]> stored = [];
        foreach (var each in await store.ListAsync(1, new(null, 100, Descending: false), Cancel))
        {
            await using var content = (await store.OpenContentAsync(1, each.Uid, Cancel))!;
            using MemoryStream memory = new();
            await content.CopyToAsync(memory, Cancel);
            stored.Add(memory.ToArray());
        }

        Assert.Equal(sent.Where(each => each.Acknowledged).Select(each => each.Message), stored);
        Assert.Empty(Directory.EnumerateFiles(directory["data", "spool"]));
        Assert.Equal(stored.Count(each => each.Length > StorageOptions.InlineBytes), Directory.EnumerateFiles(directory["data", "content"]).Count());
    }

    private static async Task<List<(byte[] Message, bool Acknowledged)>> SendOnFailingDiskAsync(TemporaryDirectory directory, string call, string error, int nth)
    {
        List<(byte[], bool)> sent = [];
        var trace = directory["trace"];
        await using var program = Strace(directory, trace, string.Create(CultureInfo.InvariantCulture, $"{call}:error={error}:when={nth}"));
        if (await program.TryWaitUntilReadyAsync())
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            for (var i = 0; i < 6; i++)
            {
                var message = TestMessages.Large(i.ToString(CultureInfo.InvariantCulture), i % 3 == 1 ? 300_000 + i : 2000 + i);
                var reply = await client.MessageAsync(message);
                Assert.Matches("^(250 2.0.0|451 4.3.0|452 4.3.1) ", reply);
                sent.Add((message, reply.StartsWith("250", StringComparison.Ordinal)));
            }

            Assert.Equal(0, await program.TerminateAsync());
        }
        else
        {
            Assert.Equal(1, await program.ExitAsync());
            Assert.Contains("smtpd: ", program.Log, StringComparison.Ordinal);
        }

        Assert.Contains("(INJECTED)", await File.ReadAllTextAsync(trace, Cancel), StringComparison.Ordinal);
        return sent;
    }

    private static SmtpdProcess Strace(TemporaryDirectory directory, string trace, string fault)
    {
        var call = fault[..fault.IndexOf(':', StringComparison.Ordinal)];
        try
        {
            // -D: the program stays our child and strace watches from aside.
            return SmtpdProcess.Start(
                directory.Path, ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"]], null,
                "strace", "-D", "-f", "-qq", "-o", trace, "-e", "trace=" + call, "-e", "signal=none", "-e", "inject=" + fault);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skips.Missing("strace is not installed");
            throw;
        }
    }
}
