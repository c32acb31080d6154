using System.Diagnostics;
using System.Net.Sockets;

namespace Smtpd.Load;

/// <summary>
/// Sends so many messages a second however slow the replies are. Latency counts from the time at which a message was due: a server that stops for a second has delayed all that were due in it, not only the ones
/// that it had begun.
/// </summary>
internal sealed class OpenLoop
{
    private readonly LoadOptions options;
    private readonly MailScript script;
    private readonly Schedule schedule;
    private readonly SmtpClientConnection?[] connections;
    private readonly long[] latencies;
    private int errors;
    private string? firstError;

    private OpenLoop(LoadOptions options)
    {
        this.options = options;
        script = new(options);
        schedule = new(options.Rate, options.Messages);
        connections = new SmtpClientConnection?[options.Connections];
        latencies = new long[options.Messages];
    }

    public static async Task<LoadResult> RunAsync(LoadOptions options)
    {
        await LoadRun.RunAsync(options with { Rate = 0, Messages = 1 }); // the warmup
        using CancellationTokenSource timeout = new(options.Timeout);
        return await new OpenLoop(options).SendAsync(timeout.Token);
    }

    private async Task<LoadResult> SendAsync(CancellationToken cancellationToken)
    {
        var slots = Enumerable.Range(0, connections.Length);
        if (options.PerConnection == 0)
            await Task.WhenAll(slots.Select(slot => OpenAsync(slot, cancellationToken)));
        var before = await ProcessTree.AtRestAsync(options.ProcessId, cancellationToken);
        var workers = Task.WhenAll(slots.Select(slot => WorkAsync(slot, cancellationToken)));
        schedule.Start(cancellationToken);
        await workers;
        var elapsed = Stopwatch.GetElapsedTime(schedule.TimeOf(0));
        var after = await ProcessTree.AtRestAsync(options.ProcessId, cancellationToken);
        await Task.WhenAll(slots.Select(slot => CloseAsync(slot, cancellationToken)));
        return LoadResult.Of(latencies, elapsed, before, after) with { Rate = options.Rate, MostWaiting = schedule.MostWaiting, Errors = errors, FirstError = firstError };
    }

    private async Task WorkAsync(int slot, CancellationToken cancellationToken)
    {
        var sent = 0;
        await foreach (var message in schedule.Due.ReadAllAsync(cancellationToken))
        {
            try
            {
                if (connections[slot] is null)
                    await OpenAsync(slot, cancellationToken);
                await connections[slot]!.SendAsync(script, cancellationToken);
                latencies[message] = Stopwatch.GetTimestamp() - schedule.TimeOf(message);
                if (++sent == options.PerConnection)
                {
                    await CloseAsync(slot, cancellationToken);
                    sent = 0;
                }
            }
            catch (Exception e) when (e is SocketException or IOException or UnexpectedReplyException)
            {
                Interlocked.CompareExchange(ref firstError, e.Message, comparand: null);
                Interlocked.Increment(ref errors);
                connections[slot]?.Dispose();
                connections[slot] = null;
            }
        }
    }

    private async Task OpenAsync(int slot, CancellationToken cancellationToken)
    {
        connections[slot] = new SmtpClientConnection();
        await connections[slot]!.OpenAsync(options.Server, script, cancellationToken);
    }

    private async Task CloseAsync(int slot, CancellationToken cancellationToken)
    {
        using var connection = Interlocked.Exchange(ref connections[slot], value: null);
        if (connection is not null)
            await connection.CloseAsync(script, cancellationToken);
    }
}
