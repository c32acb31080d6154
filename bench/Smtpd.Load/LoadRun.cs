using System.Diagnostics;
using System.Net.Sockets;

namespace Smtpd.Load;

/// <summary>Sends messages over a fixed number of connections, each waiting for its reply before going on (a closed loop).</summary>
internal sealed class LoadRun(LoadOptions options)
{
    // A server that refuses everything would otherwise be asked as many times as there are messages.
    private const int MaxErrors = 20;

    private readonly MailScript script = new(options);
    private long[] latencies = [];
    private int next;
    private int errors;
    private string? firstError;

    public static Task<LoadResult> RunAsync(LoadOptions options) => options switch
    {
        { Idle: > 0 } => HoldIdleAsync(options),
        { Rate: > 0 } => OpenLoop.RunAsync(options),
        _ => new LoadRun(options).SendAsync(),
    };

    private async Task<LoadResult> SendAsync()
    {
        using var timeout = new CancellationTokenSource(options.Timeout);
        if (options.Warmup > 0)
            await SendAllAsync(options.Warmup, timeout.Token);

        var before = await ProcessTree.AtRestAsync(options.ProcessId, timeout.Token);
        var start = Stopwatch.GetTimestamp();
        await SendAllAsync(options.Messages, timeout.Token);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = await ProcessTree.AtRestAsync(options.ProcessId, timeout.Token);
        return LoadResult.Of(latencies, elapsed, before, after) with { Errors = errors, FirstError = firstError };
    }

    private async Task SendAllAsync(int messages, CancellationToken cancellationToken)
    {
        latencies = new long[messages];
        next = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(options.Connections, messages)).Select(_ => LoopAsync(cancellationToken)));
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (TryClaim(out var index) && Volatile.Read(ref errors) < MaxErrors)
        {
            try
            {
                await ConverseAsync(index, cancellationToken);
            }
            catch (Exception e) when (e is SocketException or UnexpectedReplyException)
            {
                Interlocked.CompareExchange(ref firstError, e.Message, comparand: null);
                Interlocked.Increment(ref errors);
            }
        }
    }

    private bool TryClaim(out int index) => (index = Interlocked.Increment(ref next) - 1) < latencies.Length;

    /// <summary>One connection, from connect to QUIT, for the claimed message and those it claims itself.</summary>
    private async Task ConverseAsync(int index, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var connection = new SmtpClientConnection();
        await connection.OpenAsync(options.Server, script, cancellationToken);
        if (options.PerConnection != 1)
            start = Stopwatch.GetTimestamp();
        for (var sent = 1; ; sent++)
        {
            await connection.SendAsync(script, cancellationToken);
            var end = Stopwatch.GetTimestamp();
            latencies[index] = end - start;
            start = end;
            if (sent == options.PerConnection || !TryClaim(out index))
                break;
        }
        await connection.CloseAsync(script, cancellationToken);
    }

    private static async Task<LoadResult> HoldIdleAsync(LoadOptions options)
    {
        using var timeout = new CancellationTokenSource(options.Timeout);
        var dialogue = new MailScript(options);
        if (options.Warmup > 0)
            await new LoadRun(options).SendAllAsync(options.Warmup, timeout.Token);

        List<SmtpClientConnection> held = [];
        try
        {
            var before = ProcessTree.Sample(options.ProcessId);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < options.Idle; i++)
            {
                held.Add(new SmtpClientConnection());
                await held[^1].OpenAsync(options.Server, dialogue, timeout.Token);
            }
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var after = ProcessTree.Sample(options.ProcessId);
            return new LoadResult
            {
                Seconds = seconds,
                ResidentMegabytes = after.ResidentBytes / 1e6,
                ResidentGrowthMegabytes = (after.ResidentBytes - before.ResidentBytes) / 1e6,
                KilobytesPerIdleConnection = (after.ResidentBytes - before.ResidentBytes) / 1e3 / options.Idle,
            };
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
        }
    }
}
