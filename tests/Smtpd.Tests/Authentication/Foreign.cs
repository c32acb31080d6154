using System.ComponentModel;
using System.Diagnostics;

namespace Smtpd.Tests.Authentication;

/// <summary>Programs of others that say whether we are right. A test without them is skipped, but not in CI.</summary>
internal static class Foreign
{
    public static async Task<string> RunAsync(string program, string[] arguments, string input)
    {
        var (exitCode, output) = await TryAsync(program, arguments, input);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    public static Task<string> PythonAsync(string script, string input) => RunAsync("python3", ["-c", script], input);

    /// <returns>How it ended, and what it wrote: the errors, if any, behind the rest.</returns>
    public static async Task<(int ExitCode, string Output)> TryAsync(string program, string[] arguments, string input)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        using var process = Start(program, arguments);
        try
        {
            // All at once, or full pipes would wait for each other.
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            if (Environment.GetEnvironmentVariable("CI") is "true")
                Assert.Fail("In CI this must not be skipped: " + program + " is not installed");
            Assert.Skip(program + " is not installed");
            throw new InvalidOperationException(); // not reached
        }
    }
}
