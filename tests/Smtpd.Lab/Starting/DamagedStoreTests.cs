using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Lab.Mail;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage.Sqlite;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Starting;

/// <summary>A database that is not as it was left: served when nothing is missing, else refused with words that help, and left as it is.</summary>
public sealed class DamagedStoreTests : IAsyncLifetime
{
    private const int Page = 4096;

    private static readonly int Damages = Scale.Of(60, 1500);

    private readonly TemporaryDirectory directory = new();
    private readonly Ledger ledger = new(number => number % 10 == 0 ? 270_000 + number : NumberedMail.SmallSize(number));

    private string Database => directory["data", SqliteDatabase.FileName];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], NumberedMail.Settings);
        using var client = await RawClient.ConnectAsync(program.Smtp, Cancel);
        for (var i = 0; i < 60; i++)
            Assert.StartsWith("250", await ledger.SendAsync(client), StringComparison.Ordinal);
        Assert.Equal(0, await program.TerminateAsync());
    }

    public ValueTask DisposeAsync()
    {
        directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public Task Damaged() => Experiment.RunAsync("Damaged database at start", async experiment =>
    {
        Random random = new(4);
        var sound = await File.ReadAllBytesAsync(Database, Cancel);
        var (refused, served) = (0, 0);
        List<string> bad = [];
        for (var i = 0; i < Damages; i++)
        {
            var (octets, how) = Damage(sound, random);
            await File.WriteAllBytesAsync(Database, octets, Cancel);
            var refusal = await OpenAsync(bad, how);
            if (refusal is null)
                served++;
            else
                refused++;
            if (refusal is not null && !refusal.Contains("estore", StringComparison.Ordinal) && !refusal.Contains("directory", StringComparison.Ordinal))
                bad.Add($"{how}: says nothing to do: {refusal}");
            if (refusal is not null && !(await File.ReadAllBytesAsync(Database, Cancel)).AsSpan().SequenceEqual(octets))
                bad.Add($"{how}: refused, and changed");
            if (i % (Damages / 3) == 0)
                await AssertProgramSaysTheSameAsync(refusal, octets);
            File.Delete(Database + "-wal");
            File.Delete(Database + "-shm");
        }

        experiment.Done = string.Create(CultureInfo.InvariantCulture, $"{Damages} databases with octets changed, pages zeroed or of elsewhere, or cut short");
        experiment.Figure($"{refused} refused with what to do and left as they were, {served} served");
        experiment.Figure($"{bad.Count} bad");
        Assert.True(refused > Damages / 4, "hardly any damage was seen");
        Assert.True(bad.Count == 0, string.Join('\n', bad.Take(20)));
    });

    [Fact]
    public Task Newer() => Experiment.RunAsync("Newer database at start", async experiment =>
    {
        await using (SqliteConnection connection = new($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            SqliteDatabase.Scalar<object>(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {SqliteDatabase.NewestSchema + 1}"));
        }

        var before = SHA256.HashData(await File.ReadAllBytesAsync(Database, Cancel));
        await using var program = SmtpdProcess.Start(null, ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"]]);
        Assert.False(await program.TryWaitUntilReadyAsync());
        Assert.Equal(1, await program.ExitAsync());
        Assert.Contains("Use the newer version that wrote it", program.Log, StringComparison.Ordinal);
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(Database, Cancel)));
        experiment.Done = "a schema that this version does not know";
        experiment.Figure($"refused with what to do, not an octet changed");
    });

    // In the middle of a large page of text damage is not damage to the database: such states are told apart by what they serve.
    private static (byte[] Octets, string How) Damage(byte[] sound, Random random)
    {
        var octets = sound.ToArray();
        var page = random.Next(octets.Length / Page);
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(octets.AsSpan(page * Page + random.Next(12), 8)); // the head of a page
                return (octets, $"head of page {page}");
            case 1:
                octets.AsSpan(page * Page, Page).Clear();
                return (octets, $"page {page} zeroed");
            case 2:
                var other = random.Next(octets.Length / Page);
                sound.AsSpan(other * Page, Page).CopyTo(octets.AsSpan(page * Page));
                return (octets, $"page {page} is page {other}");
            case 3:
                var length = random.Next(1, octets.Length);
                return (octets[..length], $"cut to {length} of {octets.Length}");
            default:
                random.NextBytes(octets.AsSpan(random.Next(100), 4)); // the head of the file
                return (octets, "head of the file");
        }
    }

    private async Task<string?> OpenAsync(List<string> bad, string how)
    {
        try
        {
            await using IMessageStore store = await SqliteMessageStore.OpenAsync(new() { Directory = directory["data"] }, NullLogger.Instance, besideServer: false, Cancel);
            // What the check of the start cannot see is what lies inside of contents; whatever else is there must be right.
            var faults = await new MailCheck(store, ledger.Message).FaultsAsync(ledger.Acknowledged.Keys, []);
            bad.AddRange(faults.Where(each => !each.EndsWith("is not whole", StringComparison.Ordinal)).Select(each => $"{how}: {each}"));
            return null;
        }
        catch (StoreRefusedException e)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            bad.Add($"{how}: {e.GetType().Name} {e.Message}");
            return null;
        }
    }

    private async Task AssertProgramSaysTheSameAsync(string? refusal, byte[] octets)
    {
        File.Delete(Database + "-wal");
        File.Delete(Database + "-shm");
        await File.WriteAllBytesAsync(Database, octets, Cancel);
        await using var program = SmtpdProcess.Start(null, ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", directory["data"]]);
        Assert.Equal(refusal is null, await program.TryWaitUntilReadyAsync());
        if (refusal is null)
            return;
        Assert.Equal(1, await program.ExitAsync());
        Assert.Contains("smtpd: ", program.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", program.Log, StringComparison.Ordinal);
    }
}
