using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Smtpd.Server.Tests.Http;

namespace Smtpd.Server.Tests.Running;

/// <summary>The real program in a process of its own, on free ports.</summary>
internal sealed class SmtpdProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();

    private SmtpdProcess(Process process) => this.process = process;

    public int Id => process.Id;

    public IPEndPoint Smtp { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Fails on whatever the OpenAPI document does not say.</summary>
    public HttpClient Http { get; } = new(new ContractHandler());

    public string ReadyLine { get; private set; } = "";

    public string Log => string.Join('\n', log);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts <c>serve</c> and waits for its ready line.</summary>
    public static async Task<SmtpdProcess> ServeAsync(string dataDirectory, params string[] arguments)
    {
        var started = Start(null, ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", dataDirectory, .. arguments]);
        await started.WaitUntilReadyAsync();
        return started;
    }

    /// <summary>Runs the program to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(
        string workingDirectory, IReadOnlyDictionary<string, string>? environment, params string[] arguments) => RunAsync(workingDirectory, environment, "", arguments);

    /// <summary>Runs the program to its end, with this on its standard input.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string workingDirectory, IReadOnlyDictionary<string, string>? environment, string input, string[] arguments)
    {
        await using var started = Start(workingDirectory, arguments, environment);
        try
        {
            await started.process.StandardInput.WriteAsync(input);
            started.process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading: what it says of that is what is looked at.
        }

        var output = await started.process.StandardOutput.ReadToEndAsync(Cancel);
        await started.process.WaitForExitAsync(Cancel);
        return (started.process.ExitCode, output, started.Log);
    }

    /// <param name="under">A program, with its arguments, that starts ours.</param>
    public static SmtpdProcess Start(
        string? workingDirectory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, params string[] under)
    {
        string[] command = [.. under, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "Smtpd.Server.dll"), .. arguments];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach ((var name, var value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        SmtpdProcess started = new(Process.Start(start)!);
        started.process.ErrorDataReceived += (_, line) => started.log.Enqueue(line.Data ?? "");
        started.process.BeginErrorReadLine();
        return started;
    }

    public async Task WaitUntilReadyAsync() => Assert.True(await TryWaitUntilReadyAsync(), "The program ended instead of being ready:\n" + Log);

    /// <returns>False when the program has ended instead.</returns>
    public async Task<bool> TryWaitUntilReadyAsync()
    {
        var line = await process.StandardOutput.ReadLineAsync(Cancel);
        if (line is null)
        {
            await process.WaitForExitAsync(Cancel);
            return false;
        }

        ReadyLine = line;
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        var words = line.Split(' ');
        if (IPEndPoint.TryParse(words.First(each => each.StartsWith("smtp=", StringComparison.Ordinal))[5..], out var smtp))
            Smtp = smtp; // else a unix socket
        if (words.First(each => each.StartsWith("http=", StringComparison.Ordinal))[5..] is string http && !http.StartsWith("unix:", StringComparison.Ordinal))
            Http.BaseAddress = new Uri("http://" + http);
        return true;
    }

    /// <summary>Where it listens for this: one of the <c>word=address</c> of the ready line.</summary>
    public IPEndPoint EndPoint(string word, int index = 0) =>
        IPEndPoint.Parse(ReadyLine.Split(' ').Where(each => each.StartsWith(word + "=", StringComparison.Ordinal)).ElementAt(index)[(word.Length + 1)..]);

    /// <summary>What else came on standard output, after the program has ended.</summary>
    public Task<string> RestOfOutputAsync() => process.StandardOutput.ReadToEndAsync(Cancel);

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path, Cancel);

    public Task<byte[]> RawAsync(long uid) => Http.GetByteArrayAsync($"/api/mailboxes/1/messages/{uid}/raw", Cancel);

    /// <summary>The message with this subject, waiting for it if need be.</summary>
    public async Task<JsonElement> WaitForAsync(string subject)
    {
        using var response = await Http.GetAsync($"/api/mailboxes/1/wait?timeout=60&subject={Uri.EscapeDataString(subject)}", Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Cancel);
    }

    /// <summary>SIGKILL: no code of the program runs any more.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(Cancel);
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode;
    }

    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
        Http.Dispose();
    }
}
