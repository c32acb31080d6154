using System.Text;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.PowerCut;

/// <summary>All that a run of the real program did to a directory, and what it told its clients meanwhile.</summary>
internal sealed class Recording
{
    // What changes files or names, what syncs, and what a reply can leave by.
    private const string Calls =
        "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate,"
        + "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,sendto,sendmsg,sendmmsg";

    private const string Queued = "250 2.0.0 Queued as ";

    private readonly List<(int Position, DiskEvent Event)> events = [];
    private readonly string directory;

    private Recording(string directory) => this.directory = directory;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts <c>serve</c> under strace, has it do something, ends it with SIGTERM and reads what strace saw.</summary>
    /// <param name="directory">All below it is followed; that it exists is taken for granted.</param>
    public static async Task<List<DiskEvent>> OfAsync(string directory, string[] arguments, Func<SmtpdProcess, Task> act, params string[] more)
    {
        using TemporaryDirectory aside = new();
        await using (var program = Strace.Start(arguments, aside["trace"], ["-y", "-xx", "-s", "1000000", "-e", "trace=" + Calls, .. more]))
        {
            await program.WaitUntilReadyAsync();
            await act(program);
            Assert.Equal(0, await program.TerminateAsync());
            await program.RestOfOutputAsync();
        }

        await Strace.EndedAsync(aside["trace"]);
        return Read(directory, File.ReadLines(aside["trace"]));
    }

    /// <param name="lines">See <see cref="SystemCall"/>.</param>
    public static List<DiskEvent> Read(string directory, IEnumerable<string> lines)
    {
        Recording recording = new(directory);
        List<(int Position, SystemCall Call)> syncs = [];
        foreach (var each in SystemCall.ReadAll(lines))
        {
            if (each.Name is "fsync" or "fdatasync")
                syncs.Add((each.Returned, each));
            else if (each.Result >= 0)
                recording.Enter(each);
        }

        return recording.InOrder(syncs);
    }

    private List<DiskEvent> InOrder(List<(int Position, SystemCall Call)> syncs)
    {
        var ordered = events.OrderBy(each => each.Position).ToList();
        List<DiskEvent> all = [];
        List<int> positions = [];
        var next = 0;
        foreach (var (position, sync) in syncs.OrderBy(each => each.Position).Append((int.MaxValue, null!)))
        {
            for (; next < ordered.Count && ordered[next].Position < position; next++)
            {
                all.Add(ordered[next].Event);
                positions.Add(ordered[next].Position);
            }

            if (sync is not null && SystemCall.PathOfDescriptor(sync.Arguments) is var path && IsOurs(path))
            {
                var begun = positions.BinarySearch(sync.Entered);
                begun = begun < 0 ? ~begun : begun;
                all.Add(sync.Result == 0 ? new Synced(path, begun) : new SyncFailed(path, begun));
                positions.Add(position);
            }
        }

        return all;
    }

    // A write counts from its call on, as its octets may reach the disk at any time after it; a name, from the return.
    private void Enter(SystemCall call)
    {
        switch (call.Name)
        {
            case "openat":
                Open(call, call.Split());
                break;
            case "pwrite64":
                Write(call);
                break;
            case "ftruncate" when IsOurs(SystemCall.PathOfDescriptor(call.Split()[0])):
                events.Add((call.Entered, new Resized(SystemCall.PathOfDescriptor(call.Split()[0]), Number(call.Split()[1]))));
                break;
            case "rename" when IsOurs(PathIn(call.Split()[0])):
                events.Add((call.Returned, new Renamed(PathIn(call.Split()[0]), PathIn(call.Split()[1]))));
                break;
            case "unlink" when IsOurs(PathIn(call.Split()[0])):
                events.Add((call.Returned, new Removed(PathIn(call.Split()[0]))));
                break;
            case "mkdir" when IsOurs(PathIn(call.Split()[0])):
                events.Add((call.Returned, new Created(PathIn(call.Split()[0]), IsDirectory: true)));
                break;
            case "sendto" or "sendmsg" or "write" or "writev":
                Say(call);
                break;
            default:
                // What the program does not use the model need not know; but it must not overlook it.
                if (call.Arguments.Contains(Hexadecimal(directory + "/"), StringComparison.Ordinal) && call.Name is not "mkdir")
                    throw new NotSupportedException($"The model does not know {call.Name}.");
                break;
        }
    }

    private void Open(SystemCall call, string[] arguments)
    {
        var path = PathIn(arguments[1]);
        if (!IsOurs(path) || !arguments[2].Contains("O_CREAT", StringComparison.Ordinal))
            return;
        events.Add((call.Returned, new Created(path, IsDirectory: false)));
        if (arguments[2].Contains("O_TRUNC", StringComparison.Ordinal))
            events.Add((call.Returned, new Resized(path, 0)));
    }

    private void Write(SystemCall call)
    {
        var arguments = call.Split();
        if (IsOurs(SystemCall.PathOfDescriptor(arguments[0])))
            events.Add((call.Entered, new Written(SystemCall.PathOfDescriptor(arguments[0]), Number(arguments[3]), SystemCall.Octets(arguments[1])[..(int)call.Result])));
    }

    private void Say(SystemCall call)
    {
        if (IsOurs(SystemCall.PathOfDescriptor(call.Arguments)))
            throw new NotSupportedException("The model does not know writing without an offset.");
        for (var at = 0; (at = call.Arguments.IndexOf(QueuedInHexadecimal, at, StringComparison.Ordinal)) >= 0;)
        {
            at += QueuedInHexadecimal.Length;
            events.Add((call.Entered, new Acknowledged(SystemCall.Text(call.Arguments.Substring(at, 4 * Server.Mailboxes.MessageId.TextLength)))));
        }
    }

    private static readonly string QueuedInHexadecimal = Hexadecimal(Queued);

    private static string Hexadecimal(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(each => $"\\x{each:x2}"));

    private static string PathIn(string quoted) => Encoding.UTF8.GetString(SystemCall.Octets(quoted));

    private static long Number(string digits) => long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);

    private bool IsOurs(string path) => path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == '/');
}
