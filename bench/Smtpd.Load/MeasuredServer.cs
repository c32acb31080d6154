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

    private MeasuredServer(string name, Process process, IPEndPoint address, bool hasTls) => (Name, this.process, Address, HasTls) = (name, process, address, hasTls);

    public string Name { get; }
    public IPEndPoint Address { get; }

    /// <summary>Where REST is; of smtpd only.</summary>
    public Uri? Rest { get; private init; }

    public bool HasTls { get; }
    public bool IsPeer { get; private init; }
    public int ProcessId => process.Id;

    /// <summary>A server by the name that it has in <c>--servers</c>.</summary>
    /// <returns><c>null</c> when it is not installed.</returns>
    public static Task<MeasuredServer?> StartAsync(string name, string dataFolder, ComparisonOptions options)
    {
        Directory.CreateDirectory(dataFolder);
        return name switch
        {
            "bare" => StartBareAsync(),
            "discarding" => StartSmtpdAsync("smtpd, discarding", options.Smtpd, "null", dataFolder),
            "durable" => StartSmtpdAsync("smtpd, durable", options.Smtpd, "sqlite", dataFolder),
            "postgres" => StartSmtpdAsync("smtpd, PostgreSQL", options.Smtpd, options.Postgres, dataFolder),
            _ => StartPeerAsync(name, Path.Combine(options.Peers, name), dataFolder),
        };
    }

    /// <summary>This program again, as <see cref="BareServer"/>, with its sockets as quick as the runtime has them.</summary>
    public static async Task<MeasuredServer?> StartBareAsync()
    {
        var address = FreeEndPoint();
        var started = Start(Environment.ProcessPath!, ["bare", address.Port.ToString(CultureInfo.InvariantCulture)], each => each.Environment[InlineCompletions.Variable] = "1");
        return await HasStartedAsync(started, address) ? new("bare loop in C#", started, address, hasTls: true) : throw new IOException("The bare server does not answer.");
    }

    /// <summary>A script that runs another server in the foreground: see <c>bench/peers</c>.</summary>
    /// <returns><c>null</c> when that is not installed.</returns>
    public static async Task<MeasuredServer?> StartPeerAsync(string name, string path, string dataFolder)
    {
        const int NotInstalled = 3;
        var address = FreeEndPoint();
        var started = Start(path, [address.Port.ToString(CultureInfo.InvariantCulture), dataFolder], each => each.RedirectStandardError = each.RedirectStandardOutput = true);
        started.ErrorDataReceived += (_, _) => { };
        started.OutputDataReceived += (_, _) => { };
        started.BeginErrorReadLine();
        started.BeginOutputReadLine();
        if (await HasStartedAsync(started, address))
            return new(name, started, address, hasTls: false) { IsPeer = true };
        var isMissing = started is { HasExited: true, ExitCode: NotInstalled };
        if (!started.HasExited)
            started.Kill(entireProcessTree: true);
        started.Dispose();
        return isMissing ? null : throw new IOException($"{path} does not answer on {address}.");
    }

    /// <summary><c>smtpd serve</c>, known to be ready by the line it prints.</summary>
    public static async Task<MeasuredServer?> StartSmtpdAsync(string name, string path, string store, string dataFolder)
    {
        string[] arguments =
        [
            "serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", store, "--data", dataFolder, "--tls-self-signed",
            // All clients have one address here.
            "--set", "Smtp:Limits:ConnectionsPerAddress=20000", "--set", "Smtp:Limits:Connections=20000",
        ];
        var started = Start(path, arguments, each => each.RedirectStandardOutput = true);
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (await started.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (!line.StartsWith("ready ", StringComparison.Ordinal))
                continue;
            _ = started.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // Lest it blocks on a full pipe.
            return new MeasuredServer(name, started, IPEndPoint.Parse(Word(line, "smtp=")), hasTls: true) { Rest = new Uri("http://" + Word(line, "http=")) };
        }

        throw new IOException($"{path} ended without saying that it is ready.");
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static Process Start(string path, IEnumerable<string> arguments, Action<ProcessStartInfo> adjust)
    {
        try
        {
            ProcessStartInfo start = new(path, arguments);
            start.Environment.Remove(InlineCompletions.Variable); // The driver's own switch; a server is measured as it is.
            adjust(start);
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path}: {e.Message}. Is it built or installed?"), e);
        }
    }

    private static string Word(string line, string name) => line.Split(' ').First(word => word.StartsWith(name, StringComparison.Ordinal))[name.Length..];

    private static IPEndPoint FreeEndPoint()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static async Task<bool> HasStartedAsync(Process process, IPEndPoint address)
    {
        for (var start = Stopwatch.GetTimestamp(); !process.HasExited && Stopwatch.GetElapsedTime(start) < StartTimeout;)
        {
            if (await GreetsAsync(address))
                return true;
            await Task.Delay(50);
        }

        return false;
    }

    private static async Task<bool> GreetsAsync(IPEndPoint address)
    {
        try
        {
            using var client = new TcpClient { ReceiveTimeout = 1000 };
            await client.ConnectAsync(address);
            var code = new byte[3];
            await client.GetStream().ReadExactlyAsync(code);
            return code.AsSpan().SequenceEqual("220"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
