using System.Diagnostics;
using System.Globalization;
using System.Net;
using Smtpd.Lab.Mail;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Server.Tests.Storage;

namespace Smtpd.Lab.Faults;

/// <summary>A disk that is full, that may not be written, that hangs.</summary>
public sealed class DiskTroubleTests : IDisposable
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(Scale.Of(3.5, 1.0));

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(number => number % 5 == 0 ? 270_000 + number : NumberedMail.SmallSize(number));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public Task On_a_full_disk_mail_is_refused_until_there_is_room() => Experiment.RunAsync("Full disk", async experiment =>
    {
        using TemporaryDirectory mountPoint = new();
        if (!SmallDisk.TryMount(mountPoint.Path, megabytes: 24))
            Skips.Missing("mounting a tmpfs needs root");
        try
        {
            await File.WriteAllBytesAsync(mountPoint["ballast"], new byte[12 << 20], Cancel);
            // Without the reserve that refuses early: the disk itself says no, in the middle of whatever it is.
            await using var program = await SmtpdProcess.ServeAsync(mountPoint["data"], [.. NumberedMail.Settings, "--set", "Storage:MinimumFreeBytes=0"]);
            using CancellationTokenSource stop = new();
            var load = ledger.LoadAsync(program.Smtp, 8, stop.Token);
            await Poll.UntilAsync(() => ledger.Refused.Count >= 200, Cancel);
            File.Delete(mountPoint["ballast"]);
            var clock = Stopwatch.StartNew();
            await ledger.Expect(100).WaitAsync(Cancel);
            var again = clock.Elapsed;
            await stop.CancelAsync();
            await load;
            Assert.Equal(0, await program.TerminateAsync());
            experiment.Done = string.Create(CultureInfo.InvariantCulture, $"24 MB filled up under load, then 12 MB freed; {ledger.Acknowledged.Count} acknowledged, {ledger.Refused.Count} refused");
            experiment.Figure($"100 more messages {again.TotalSeconds:F2} s after there was room");
            await using (var store = await Stores.OpenSqliteAsync(mountPoint["data"]))
                await store.AssertKeepsAsync(ledger);
            Stores.AssertSwept(mountPoint["data"], ledger, isExact: true);
        }
        finally
        {
            SmallDisk.Unmount(mountPoint.Path);
        }
    });

    [Fact]
    public Task On_a_disk_that_may_not_be_written_mail_is_refused_until_it_may() => Experiment.RunAsync("Read-only disk", async experiment =>
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings);
        await SendAsync(program, 20);
        await using (await Strace.AttachAsync([program.Id], directory["trace"],
            "-e", "trace=pwrite64,fsync,rename,ftruncate,unlink", "-e", "inject=pwrite64,rename,ftruncate,unlink:error=EROFS", "-e", "inject=fsync:error=EIO"))
        {
            await SendAsync(program, 20);
            Assert.Equal(20, ledger.Refused.Count);
            using var ready = await program.Http.GetAsync("/readyz", Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            using var list = await program.Http.GetAsync("/api/mailboxes/1/messages", Cancel);
            Assert.Equal(HttpStatusCode.OK, list.StatusCode); // what is there can be read meanwhile
        }

        await SendAsync(program, 20);
        experiment.Done = "20 messages before, 20 while every write fails with EROFS, 20 after";
        experiment.Figure($"{ledger.Acknowledged.Count} acknowledged, {ledger.Refused.Count} refused");
        Assert.Equal(40, ledger.Acknowledged.Count);
        Assert.Equal(0, await program.TerminateAsync());
        await using var store = await Stores.OpenSqliteAsync(directory["data"]);
        await store.AssertKeepsAsync(ledger);
    });

    [Fact]
    public Task While_the_disk_hangs_everything_else_is_answered_at_once() => Experiment.RunAsync("Disk that hangs", async experiment =>
    {
        var hang = Scale.Of(4, 10);
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings);
        await SendAsync(program, 5);
        await ProbeAsync(program); // the first request of a process is slow by itself
        var (slowest, probes) = (TimeSpan.Zero, 0);
        var clock = Stopwatch.StartNew();
        await using (var strace = await Strace.AttachAsync([program.Id], directory["trace"], "-e", "trace=fsync", "-e", string.Create(CultureInfo.InvariantCulture, $"inject=fsync:delay_enter={hang}s:when=1")))
        {
            clock.Restart();
            var waiting = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(program, 1)));
            while (!waiting.IsCompleted)
            {
                var probe = Stopwatch.StartNew();
                await ProbeAsync(program);
                slowest = probe.Elapsed > slowest ? probe.Elapsed : slowest;
                probes++;
            }

            await waiting;
            Assert.InRange(clock.Elapsed.TotalSeconds, hang, 2 * hang + 5);
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"an fsync takes {hang} s while 20 clients wait for their 250");
        experiment.Figure($"20 answered after {clock.Elapsed.TotalSeconds:F1} s");
        experiment.Figure($"{probes} others got as far as 354, and REST, within {slowest.TotalMilliseconds:F0} ms");
        Assert.Empty(ledger.Refused);
        Assert.InRange(slowest, TimeSpan.Zero, AtOnce);
        Assert.Equal(0, await program.TerminateAsync());
        await using var store = await Stores.OpenSqliteAsync(directory["data"]);
        await store.AssertKeepsAsync(ledger);
    });

    private static async Task ProbeAsync(SmtpdProcess program)
    {
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        await client.BeginAsync(NumberedMail.Address(0));
        using var list = await program.Http.GetAsync("/api/mailboxes/1/messages", Cancel);
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    private async Task SendAsync(SmtpdProcess program, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
            await ledger.SendAsync(client);
        }
    }
}
