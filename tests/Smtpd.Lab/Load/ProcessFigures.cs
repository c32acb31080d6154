using System.Globalization;

namespace Smtpd.Lab.Load;

/// <summary>What a process holds, from Linux's <c>/proc</c>.</summary>
/// <param name="PeakMegabytes">The most that it has held since its start, or since <see cref="ForgetPeak"/>.</param>
internal sealed record ProcessFigures(double Megabytes, double PeakMegabytes, int Descriptors, int Threads)
{
    public static ProcessFigures Of(int processId)
    {
        var fields = File.ReadLines(PathOf(processId, "status")).Select(each => each.Split(':', 2)).ToDictionary(each => each[0], each => each[1].Trim());
        double Megabytes(string name) => double.Parse(fields[name].Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e6;
        return new(Megabytes("VmRSS"), Megabytes("VmHWM"), Directory.EnumerateFiles(PathOf(processId, "fd")).Count(), int.Parse(fields["Threads"], CultureInfo.InvariantCulture));
    }

    /// <summary>The peak begins anew (proc(5), clear_refs).</summary>
    public static void ForgetPeak(int processId) => File.WriteAllText(PathOf(processId, "clear_refs"), "5");

    private static string PathOf(int processId, string name) => string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/{name}");
}
