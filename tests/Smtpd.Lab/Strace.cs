using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab;

/// <summary>strace beside the program: it writes down system calls, or answers them in the kernel's place.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private readonly Process process;
    private readonly string trace;

    private Strace(Process process, string trace) => (this.process, this.trace) = (process, trace);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts the program under it.</summary>
    /// <param name="trace">Where the calls are written.</param>
    public static SmtpdProcess Start(IEnumerable<string> arguments, string trace, params string[] options)
    {
        try
        {
            // -D: the program stays our child and strace watches from aside. --seccomp-bpf: it stops at the calls that it was asked for only.
            return SmtpdProcess.Start(null, arguments, null, ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-o", trace, .. options]);
        }
        catch (Win32Exception)
        {
            Skips.Missing("strace is not installed");
            throw;
        }
    }

    /// <summary>Waits until the one that was started with a program has written its last line.</summary>
    public static Task EndedAsync(string trace) => Poll.UntilAsync(() => !IsOpen(trace), Cancel);

    /// <summary>Goes to processes that run already; what is to happen begins with the next call.</summary>
    public static async Task<Strace> AttachAsync(IEnumerable<int> processIds, string trace, params string[] options)
    {
        var targets = processIds.Select(each => each.ToString(CultureInfo.InvariantCulture)).ToList();
        ProcessStartInfo start = new("strace", [.. targets.SelectMany(each => (string[])["-p", each]), "-f", "-e", "signal=none", "-o", trace, .. options])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        Strace strace;
        try
        {
            strace = new(Process.Start(start)!, trace);
        }
        catch (Win32Exception)
        {
            Skips.Missing("strace is not installed");
            throw;
        }

        _ = strace.process.StandardError.ReadToEndAsync(CancellationToken.None);
        await Poll.UntilAsync(() => strace.process.HasExited || targets.All(AreAllTraced), Cancel);
        Assert.False(strace.process.HasExited, "strace could not attach");
        return strace;
    }

    /// <summary>Whether what was to be injected has been.</summary>
    public bool HasInjected() => File.ReadLines(trace).Any(each => each.Contains("(INJECTED)", StringComparison.Ordinal) || each.Contains("(DELAYED)", StringComparison.Ordinal));

    /// <summary>Lets go of the processes, which go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private static bool AreAllTraced(string processId) => !Directory.Exists($"/proc/{processId}/task") || Directory.EnumerateDirectories($"/proc/{processId}/task").All(IsTraced);

    private static bool IsTraced(string task)
    {
        try
        {
            return !File.ReadLines(Path.Combine(task, "status")).Any(each => each == "TracerPid:\t0");
        }
        catch (IOException)
        {
            return true; // the thread has ended
        }
    }

    private static bool IsOpen(string trace) => Directory.EnumerateDirectories("/proc").Where(each => char.IsAsciiDigit(Path.GetFileName(each)[0])).Any(each =>
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(each, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget == trace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
