using System.Diagnostics;
using System.Globalization;

namespace Smtpd.Server.Tests.Storage;

/// <summary>A file system of a few megabytes in memory.</summary>
internal static class SmallDisk
{
    public static bool TryMount(string path, int megabytes) =>
        OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", path);

    public static void Unmount(string path) => Run("umount", path);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
