using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Content in a directory: <c>content/ID</c>. Names are made from numbers, never from anything in a message.</summary>
internal sealed class ContentDirectory(string directory, Action<StorageStep>? before) : IContentStore
{
    private const int SyncsAtOnce = 8;

    private readonly string content = Path.Combine(directory, "content");
    private readonly SemaphoreSlim syncs = new(SyncsAtOnce, SyncsAtOnce);

    public string? Location => null;

    public void Prepare() => PrivateDirectory.Create(content);

    public Task<bool> HasContentAsync(CancellationToken cancellationToken) => Task.FromResult(Directory.Exists(content) && Directory.EnumerateFiles(content).Any());

    // Syncing a file blocks a thread for as long as the disk takes: not one of the pool, on which every connection depends, and not too many.
    public async Task KeepAsync(SafeFileHandle file, string spoolPath, MessageId id)
    {
        await syncs.WaitAsync();
        try
        {
            await Task.Factory.StartNew(() => Keep(file, spoolPath, id), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            syncs.Release();
        }
    }

    public Task<Stream> OpenAsync(MessageId id, CancellationToken cancellationToken) => Task.FromResult<Stream>(new FileStream(
        PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan));

    public void Delete(MessageId id) => ContentFiles.TryDelete(PathOf(id));

    public Task<int> SweepAsync(Func<MessageId, bool> isKept, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(content))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (MessageId.TryParse(Path.GetFileName(path), out var id) && !isKept(id) && ContentFiles.IsOlder(path, before) && ContentFiles.TryDelete(path))
                removed++;
        }

        return Task.FromResult(removed);
    }

    public void Dispose() => syncs.Dispose();

    // The file's octets first, then its name: a name on disk always stands for whole content.
    private void Keep(SafeFileHandle file, string spoolPath, MessageId id)
    {
        if (File.Exists(PathOf(id)))
            throw new ContentTakenException(id);
        before?.Invoke(StorageStep.SyncSpoolFile);
        RandomAccess.FlushToDisk(file);
        before?.Invoke(StorageStep.RenameSpoolFile);
        // Nothing is overwritten, see above; but only with this flag .NET calls rename, which is one step, instead of link and unlink.
        File.Move(spoolPath, PathOf(id), overwrite: true);
        before?.Invoke(StorageStep.SyncDirectory);
        DirectorySync.Run(content);
    }

    private string PathOf(MessageId id) => Path.Combine(content, id.ToString());
}
