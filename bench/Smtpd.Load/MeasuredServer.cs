using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Smtpd.Load;

/// <summary>A server started for the comparison, on a free port of the loopback.</summary>
internal sealed class MeasuredServer : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly Process process;

    private MeasuredServer(string name, Process process, IPEndPoint address)
    {
        Name = name;
        this.process = process;
        Address = address;
    }

    public string Name { get; }
    public IPEndPoint Address { get; }
    public int ProcessId => process.Id;

    /// <summary>Postfix's test sink: it reads and answers, and keeps nothing.</summary>
    public static async Task<MeasuredServer> StartSinkAsync(string path)
    {
        var address = FreeEndPoint();
        // 1024: how many connections may wait to be accepted. -m: how many may be open.
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var started = Start(path, [.. user, "-m", "20000", address.ToString(), "1024"], redirect: false);
        var start = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(address))
        {
            if (started.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeout)
                throw new IOException($"{path} does not answer on {address}.");
            await Task.Delay(50);
        }
        return new MeasuredServer("smtp-sink", started, address);
    }

    /// <summary><c>smtpd serve</c>, known to be ready by the line it prints.</summary>
    public static async Task<MeasuredServer> StartSmtpdAsync(string name, string path, string store, string dataFolder)
    {
        var started = Start(
            path,
            [
                "serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", store, "--data", dataFolder,
                // All clients have one address here.
                "--set", "Smtp:Limits:ConnectionsPerAddress=20000", "--set", "Smtp:Limits:Connections=20000",
            ],
            redirect: true);
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (await started.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (!line.StartsWith("ready ", StringComparison.Ordinal))
                continue;
            var smtp = line.Split(' ').First(word => word.StartsWith("smtp=", StringComparison.Ordinal))["smtp=".Length..];
            _ = started.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // Lest it blocks on a full pipe.
            return new MeasuredServer(name, started, IPEndPoint.Parse(smtp));
        }
        throw new IOException($"{path} ended without saying that it is ready.");
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static Process Start(string path, IEnumerable<string> arguments, bool redirect)
    {
        try
        {
            var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = redirect };
            start.Environment.Remove(InlineCompletions.Variable); // The driver's own switch; a server is measured as it is.
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path}: {e.Message}. Is it built or installed?"), e);
        }
    }

    private static IPEndPoint FreeEndPoint()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static async Task<bool> AnswersAsync(IPEndPoint address)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
