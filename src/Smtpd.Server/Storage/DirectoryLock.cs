using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Keeps a second server out of a directory: it would sweep away what the first one is receiving.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream file;

    private DirectoryLock(FileStream file) => this.file = file;

    public static DirectoryLock Take(string directory)
    {
        try
        {
            PrivateDirectory.Create(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"The data directory {directory} cannot be created ({e.Message}). Choose another one with --data.", e);
        }

        string path = Path.Combine(directory, "lock");
        try
        {
            // Taken by the operating system, so it ends with the process, however that ends.
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new StoreRefusedException($"The data directory {directory} is in use by another smtpd ({e.Message}). Stop that one, or choose another directory with --data.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreRefusedException($"The data directory {directory} cannot be written ({e.Message}). Choose another one with --data.", e);
        }
    }

    public void Dispose() => file.Dispose();
}
