using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Content too large for the database: <c>spool/ID.tmp</c> while it is received, <c>content/ID</c> once it is kept.</summary>
/// <remarks>Names are made here from numbers, never from anything in a message.</remarks>
internal sealed class ContentFiles
{
    private const string SpoolSuffix = ".tmp";

    private readonly string spool;
    private readonly string content;
    private readonly Action<StorageStep>? before;

    public ContentFiles(string directory, Action<StorageStep>? before)
    {
        spool = Path.Combine(directory, "spool");
        content = Path.Combine(directory, "content");
        this.before = before;
    }

    /// <summary>Whether content is there although nobody asked this object to keep any.</summary>
    public bool HasContent => Directory.Exists(content) && Directory.EnumerateFiles(content).Any();

    public void CreateDirectories()
    {
        PrivateDirectory.Create(spool);
        PrivateDirectory.Create(content);
    }

    public SafeFileHandle CreateSpoolFile(MessageId id)
    {
        before?.Invoke(StorageStep.CreateSpoolFile);
        return File.OpenHandle(SpoolPath(id), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> octets, long offset)
    {
        before?.Invoke(StorageStep.WriteSpoolFile);
        RandomAccess.Write(file, octets, offset);
    }

    /// <summary>The file's octets first, then its name: a name on disk always stands for whole content.</summary>
    public void Keep(SafeFileHandle file, MessageId id)
    {
        before?.Invoke(StorageStep.SyncSpoolFile);
        RandomAccess.FlushToDisk(file);
        before?.Invoke(StorageStep.RenameSpoolFile);
        // Ids are unique, so nothing is overwritten; but only with this flag .NET calls rename, which is one step, instead of link and unlink.
        File.Move(SpoolPath(id), ContentPath(id), overwrite: true);
        before?.Invoke(StorageStep.SyncDirectory);
        DirectorySync.Run(content);
    }

    public FileStream Open(MessageId id) =>
        new(ContentPath(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Removes whatever there is of the content, kept or not. A file that resists is left to the sweep of the next start.</summary>
    public void Delete(MessageId id)
    {
        TryDelete(SpoolPath(id));
        TryDelete(ContentPath(id));
    }

    /// <summary>Removes what a crash left: every spool file, and every content file that is no message's.</summary>
    /// <param name="before">Only what was written before, where others may be at work in the directory.</param>
    /// <returns>How many files went.</returns>
    public int Sweep(Func<MessageId, bool> isKept, DateTimeOffset? before = null)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(spool, "*" + SpoolSuffix))
            removed += IsOld(path) && TryDelete(path) ? 1 : 0;
        foreach (var path in Directory.EnumerateFiles(content))
        {
            if (MessageId.TryParse(Path.GetFileName(path), out var id) && !isKept(id))
                removed += IsOld(path) && TryDelete(path) ? 1 : 0;
        }

        return removed;

        bool IsOld(string path) => before is null || File.GetLastWriteTimeUtc(path) < before.Value.UtcDateTime;
    }

    private string SpoolPath(MessageId id) => Path.Combine(spool, id + SpoolSuffix);

    private string ContentPath(MessageId id) => Path.Combine(content, id.ToString());

    private static bool TryDelete(string path)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>Directories that only their owner may look into: mail is private.</summary>
internal static class PrivateDirectory
{
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
