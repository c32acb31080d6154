using System.Globalization;

namespace Smtpd.Server;

/// <summary>How many connections the file descriptors of this process allow.</summary>
/// <remarks>
/// A process out of descriptors does not only fail to accept: the runtime itself may end when it needs a file then. So the limit of
/// connections is kept below, and who is over it is told 421.
/// </remarks>
internal static class DescriptorLimit
{
    // 190 are in use when idle (160 of them assemblies that the runtime keeps open) and 218 after load, counted in /proc; the rest is for HTTP.
    private const int Reserve = 320;

    // One in so many for the spool files of large messages under way; a message that finds none left is answered 451.
    private const int SpoolShare = 8;

    /// <returns><paramref name="wanted"/>, or less when there are not enough descriptors; at least 1.</returns>
    public static int Connections(int wanted) => Read() is long descriptors
        ? (int)Math.Clamp(descriptors - Reserve - descriptors / SpoolShare, 1, wanted)
        : wanted;

    // The runtime has raised the soft limit to the hard one at its start.
    private static long? Read()
    {
        const string Name = "Max open files";
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/limits"))
            return null;
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(each => each.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptors) ? descriptors : null;
    }
}
