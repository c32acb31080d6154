using System.Diagnostics;

namespace Smtpd.Tests.Authentication;

/// <summary>Programs of others that say whether we are right. A test without them is skipped, but not in CI.</summary>
internal static class Python
{
    public static Task<string> RunAsync(string script, string input) => RunAsync("python3", ["-c", script], input);

    public static async Task<string> RunAsync(string program, string[] arguments, string input)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Start(program, arguments);
        // Both ways at once, or full pipes would wait for each other.
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await error}\n{await output}");
        return await output;
    }

    public static Process Start(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            if (Environment.GetEnvironmentVariable("CI") is "true")
                Assert.Fail("In CI this must not be skipped: " + program + " is not installed");
            Assert.Skip(program + " is not installed");
            throw new InvalidOperationException(); // not reached
        }
    }
}
