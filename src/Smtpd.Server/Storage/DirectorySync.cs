using System.Runtime.InteropServices;

namespace Smtpd.Server.Storage;

/// <summary>Makes names durable: after creating or renaming, the directory itself must reach the disk. .NET cannot open one.</summary>
internal static partial class DirectorySync
{
    public static void Run(string directory)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals names; there is no call for it
        var descriptor = Open(directory, 0);
        if (descriptor < 0)
            throw Failure("open", directory);
        try
        {
            if (Fsync(descriptor) != 0)
                throw Failure("fsync", directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string call, string directory)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {directory}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
