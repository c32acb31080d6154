using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Content too large for the database: <c>spool/ID.tmp</c> while it is received, in the content store once it is kept.</summary>
internal sealed class ContentFiles : IDisposable
{
    private const string SpoolSuffix = ".tmp";

    private readonly string spool;
    private readonly IContentStore kept;
    private readonly Action<StorageStep>? before;

    public ContentFiles(StorageOptions options)
    {
        spool = Path.Combine(options.Directory, "spool");
        before = options.Before;
        kept = options.Objects is ObjectStorageOptions objects ? new ObjectContentStore(objects) : new ContentDirectory(options.Directory, before);
    }

    /// <summary>See <see cref="IContentStore.Location"/>.</summary>
    public string? Location => kept.Location;

    /// <summary>Whether content is there although nobody asked this object to keep any.</summary>
    public Task<bool> HasContentAsync(CancellationToken cancellationToken) => kept.HasContentAsync(cancellationToken);

    public void Prepare()
    {
        PrivateDirectory.Create(spool);
        kept.Prepare();
    }

    public SafeFileHandle CreateSpoolFile(MessageId id)
    {
        before?.Invoke(StorageStep.CreateSpoolFile);
        return File.OpenHandle(SpoolPath(id), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> octets, long offset)
    {
        before?.Invoke(StorageStep.WriteSpoolFile);
        RandomAccess.Write(file, octets, offset);
    }

    /// <inheritdoc cref="IContentStore.KeepAsync"/>
    public async Task KeepAsync(SafeFileHandle file, MessageId id)
    {
        await kept.KeepAsync(file, SpoolPath(id), id);
        TryDelete(SpoolPath(id));
    }

    /// <summary>The content of a message that the database knows.</summary>
    /// <param name="octets">The content itself, when it is in the database.</param>
    /// <param name="isThere">Whether the database still knows it.</param>
    /// <returns><c>null</c> when it was deleted meanwhile.</returns>
    /// <exception cref="StoreUnavailableException">It is missing, or cannot be read now.</exception>
    public async Task<Stream?> OpenAsync(MessageId id, byte[]? octets, Func<Task<bool>> isThere, CancellationToken cancellationToken)
    {
        if (octets is not null)
            return new MemoryStream(octets, writable: false);
        try
        {
            return await kept.OpenAsync(id, cancellationToken);
        }
        catch (FileNotFoundException e)
        {
            // Deleted a moment ago, or somebody touched what is ours.
            return await isThere() ? throw new StoreUnavailableException($"The content of message {id} is missing.", e) : null;
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"The content of message {id} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Removes the content of a message that was kept.</summary>
    public void Delete(MessageId id) => Delete(id, isKept: true);

    /// <summary>Removes the spool file, and what is kept when <paramref name="isKept"/>.</summary>
    public void Delete(MessageId id, bool isKept)
    {
        TryDelete(SpoolPath(id));
        if (isKept)
            kept.Delete(id);
    }

    /// <summary>Removes what a crash left: every spool file, and all content that is no message's.</summary>
    /// <param name="before">See <see cref="IContentStore.SweepAsync"/>.</param>
    /// <returns>How many files went.</returns>
    public async Task<int> SweepAsync(Func<MessageId, bool> isKept, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var removed = Directory.EnumerateFiles(spool, "*" + SpoolSuffix).Count(path => IsOlder(path, before) && TryDelete(path));
        return removed + await kept.SweepAsync(isKept, before, cancellationToken);
    }

    public void Dispose() => kept.Dispose();

    public static bool IsOlder(string path, DateTimeOffset? before) => before is null || File.GetLastWriteTimeUtc(path) < before.Value.UtcDateTime;

    public static bool TryDelete(string path)
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

    private string SpoolPath(MessageId id) => Path.Combine(spool, id + SpoolSuffix);
}

/// <summary>Directories that only their owner may look into: mail is private.</summary>
internal static class PrivateDirectory
{
    /// <summary>Makes it, where it is missing, and what is missing above it; their names are on the disk afterwards.</summary>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        // Whatever is synced in a directory is lost with the directory's own name.
        var above = MakeAbove(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        DirectorySync.Run(above);
    }

    private static string MakeAbove(string path)
    {
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))!; // not null: the root is there
        if (Directory.Exists(above))
            return above;
        var further = MakeAbove(above);
        Directory.CreateDirectory(above);
        DirectorySync.Run(further);
        return above;
    }
}
