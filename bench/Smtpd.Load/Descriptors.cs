using System.Globalization;

namespace Smtpd.Load;

/// <summary>How many connections the file descriptors of one process allow.</summary>
internal static class Descriptors
{
    // What smtpd keeps back for itself under the same limit, which it inherits: see DescriptorLimit there. The driver needs less.
    private const int Reserve = 320;
    private const int SpoolShare = 8;

    public static int Connections()
    {
        const string Name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(each => each.StartsWith(Name, StringComparison.Ordinal));
        var soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit - Reserve - limit / SpoolShare : int.MaxValue;
    }
}
