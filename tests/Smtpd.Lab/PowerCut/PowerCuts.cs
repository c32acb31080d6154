using Microsoft.Extensions.Logging.Abstractions;
using Smtpd.Lab.Mail;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Storage;
using Smtpd.Server.Storage.Sqlite;

namespace Smtpd.Lab.PowerCut;

/// <summary>Cuts the power at chosen points of a recording, and starts on what the disk may then have.</summary>
internal sealed class PowerCuts : IDisposable
{
    // A full check of the database reads every page and every index; of one state in so many.
    private const int OneInChecked = 10;

    private static readonly SurvivalKind[] Kinds = Enum.GetValues<SurvivalKind>();

    private readonly string directory;
    private readonly IReadOnlyList<DiskEvent> events;
    private readonly List<(int At, int Number)> acknowledged;
    private readonly Func<int, byte[]> messageOf;
    private readonly string place = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"smtpd-lab-{Environment.ProcessId}")).FullName;

    /// <param name="directory">What was recorded. The data are in <c>data</c> below it.</param>
    /// <param name="acknowledged">Numbers of messages, and the event before which each was acknowledged.</param>
    public PowerCuts(string directory, IReadOnlyList<DiskEvent> events, IEnumerable<(int At, int Number)> acknowledged, Func<int, byte[]> messageOf)
    {
        this.directory = directory;
        this.events = events;
        this.acknowledged = [.. acknowledged];
        this.messageOf = messageOf;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The first event before which the power may be cut.</summary>
    public int First { get; init; }

    /// <summary>States that were started on.</summary>
    public int States { get; private set; }

    /// <summary>Cuts so often, at points spread over the whole recording.</summary>
    /// <param name="also">Looks at a state before anything is started on it.</param>
    /// <returns>What was wrong, state by state; it ends early after <paramref name="enough"/> bad states.</returns>
    public async Task<List<string>> CutAsync(int cuts, int seed, int enough = int.MaxValue, Func<string, int, Task>? also = null)
    {
        Random random = new(seed);
        List<string> bad = [];
        DiskModel disk = new(directory);
        var applied = 0;
        foreach (var point in Enumerable.Range(0, cuts).Select(_ => random.Next(First, events.Count + 1)).Order())
        {
            while (applied < point)
                disk.Apply(events[applied++]);
            var kind = Kinds[random.Next(Kinds.Length)];
            var state = Path.Combine(place, "state");
            disk.Make(state, new Survival(kind, random.Next(), point));
            try
            {
                if (also is not null)
                    await also(Path.Combine(state, "data"), States);
                var faults = await FaultsAsync(Path.Combine(state, "data"), point);
                if (faults.Count > 0)
                    bad.Add($"event {point} of {events.Count}, {kind}: {string.Join("; ", faults.Take(5))}");
            }
            finally
            {
                Directory.Delete(state, recursive: true);
            }

            States++;
            if (bad.Count >= enough)
                break;
        }

        return bad;
    }

    /// <summary>Messages that had been acknowledged at a point.</summary>
    public IEnumerable<int> AcknowledgedBefore(int point) => acknowledged.Where(each => each.At < point).Select(each => each.Number);

    public void Dispose() => Directory.Delete(place, recursive: true);

    private async Task<IReadOnlyList<string>> FaultsAsync(string data, int point)
    {
        try
        {
            await using IMessageStore store = await SqliteMessageStore.OpenAsync(new() { Directory = data, MinimumFreeBytes = 0 }, NullLogger.Instance, besideServer: false, Cancel);
            List<string> faults = [.. await new MailCheck(store, messageOf).FaultsAsync(AcknowledgedBefore(point), [])];
            if (Directory.EnumerateFiles(Path.Combine(data, "spool")).Any())
                faults.Add("spool files are left over");
            if (States % OneInChecked == 0)
                faults.AddRange(DatabaseFaults(data));
            return faults;
        }
        catch (StoreRefusedException e)
        {
            return ["it does not start: " + e.Message];
        }
    }

    private static IEnumerable<string> DatabaseFaults(string data)
    {
        using var connection = SqliteDatabase.OpenForReading(data);
        if (SqliteDatabase.Scalar<string>(connection, "PRAGMA integrity_check") is string found and not "ok")
            yield return "the database is not sound: " + found;
        var files = SqliteDatabase.Scalar<long>(connection, "SELECT count(*) FROM messages WHERE in_file = 1");
        if (files != Directory.EnumerateFiles(Path.Combine(data, "content")).Count())
            yield return "content files are nobody's, or missing";
    }
}
