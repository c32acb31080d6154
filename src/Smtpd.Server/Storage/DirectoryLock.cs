using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Keeps a second server out of a directory: it would sweep away what the first one is receiving.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK
    private const int WouldBlockOnBsd = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    /// <returns><c>null</c> when another process has it.</returns>
    public static DirectoryLock? TryTake(string directory)
    {
        try
        {
            PrivateDirectory.Create(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"The data directory {directory} cannot be created ({e.Message}). Choose another one with --data.", e);
        }

        var path = Path.Combine(directory, "lock");
        try
        {
            // Taken by the operating system, so it ends with the process, however that ends.
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult is WouldBlock or WouldBlockOnBsd or SharingViolation)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"The data directory {directory} cannot be written ({e.Message}). Choose another one with --data.", e);
        }
    }

    public void Dispose() => file.Dispose();
}
