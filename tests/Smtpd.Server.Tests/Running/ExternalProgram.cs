using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Smtpd.Server.Tests.Running;

/// <summary>A program that others wrote. Where it is missing the test is skipped.</summary>
internal sealed class ExternalProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();

    private ExternalProgram(Process process) => this.process = process;

    /// <summary>What it has said so far.</summary>
    public string Log => string.Join('\n', log);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A port of loopback for a program that cannot be told to take any; free a moment ago.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether somebody accepts connections there.</summary>
    public static async Task<bool> AcceptsAsync(int port)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Runs it to its end, which must be a good one.</summary>
    public static async Task<string> RunAsync(string program, string? input, params string[] arguments)
    {
        (var exitCode, var output) = await TryAsync(program, input, arguments);
        Assert.True(exitCode == 0, $"{program} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>The exit code, and what it said on both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> TryAsync(string program, string? input, params string[] arguments)
    {
        using var process = StartProcess(program, arguments, input: true, environment: null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading; what it says of that is in its output.
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output + error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts one that stays.</summary>
    public static ExternalProgram Start(string program, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        ExternalProgram started = new(StartProcess(program, arguments, input: false, environment));
        started.process.OutputDataReceived += (_, line) => started.log.Enqueue(line.Data ?? "");
        started.process.ErrorDataReceived += (_, line) => started.log.Enqueue(line.Data ?? "");
        started.process.BeginOutputReadLine();
        started.process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Asks until the answer is yes, while the program lives and for a minute at most.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> isTrue, string what)
    {
        var started = Stopwatch.StartNew();
        while (!await isTrue())
        {
            Assert.True(!process.HasExited && started.Elapsed < Patience, $"{process.StartInfo.FileName}: {what} did not come about:\n{Log}");
            await Task.Delay(20, Cancel);
        }
    }

    /// <summary>Ends it in its own good way, then by force.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync(CancellationToken.None);
            if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private static Process StartProcess(string program, string[] arguments, bool input, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(Find(program), arguments) { UseShellExecute = false, RedirectStandardInput = input, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((var name, var value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Skips.Missing(program + " is not installed");
            throw;
        }
    }

    // Servers live where not everybody's path leads.
    private static string Find(string program) => File.Exists("/usr/sbin/" + program) ? "/usr/sbin/" + program : program;
}
