using System.Diagnostics;
using System.Text;

namespace Smtpd.Hosting.Tests.Packaging;

/// <summary>The SDK's command line, run in the checkout.</summary>
internal static class DotnetCommand
{
#if DEBUG
    public const string Configuration = "Debug";
#else
    public const string Configuration = "Release";
#endif

    /// <summary>Runs a command to its end.</summary>
    /// <returns>What it wrote; the test fails when it does.</returns>
    public static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var output = new StringBuilder();
        using var process = Start(output, arguments);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (output)
        {
            Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
            return output.ToString();
        }
    }

    /// <summary>Starts a command; what it writes is added to <paramref name="output"/>, which is locked meanwhile.</summary>
    public static Process Start(StringBuilder output, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = Smtpd.Tests.Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Those of the build that runs the tests would be taken for this one's own.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Add(string? line)
        {
            lock (output)
                output.Append(line).Append('\n');
        }
    }
}
