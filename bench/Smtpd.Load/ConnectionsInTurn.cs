using System.Diagnostics;

namespace Smtpd.Load;

/// <summary>
/// Many connections that stay open, of which a few at a time send a message, all in turn: what differs between two runs is how many are open, not how many send.
/// </summary>
internal sealed class ConnectionsInTurn : IDisposable
{
    /// <summary>How many send at one time; a number of connections is a multiple of it, so that no two ever want the same one.</summary>
    public const int Senders = 20;

    private readonly LoadOptions options;
    private readonly MailScript script;
    private readonly SmtpClientConnection[] connections;
    private readonly long[] latencies;

    private ConnectionsInTurn(LoadOptions options)
    {
        if (options.Connections % Senders != 0)
            throw new ArgumentException("The number of connections is not a multiple of those that send.", nameof(options));
        this.options = options;
        script = new(options);
        connections = [.. Enumerable.Range(0, options.Connections).Select(_ => new SmtpClientConnection())];
        latencies = new long[Math.Max(options.Messages, options.Connections)];
    }

    public static async Task<LoadResult> RunAsync(LoadOptions options)
    {
        using CancellationTokenSource timeout = new(options.Timeout);
        using ConnectionsInTurn run = new(options);
        return await run.MeasureAsync(timeout.Token);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
            connection.Dispose();
    }

    private async Task<LoadResult> MeasureAsync(CancellationToken cancellationToken)
    {
        await InTurnAsync(connections.Length, each => connections[each].OpenAsync(options.Server, script, cancellationToken));
        // A message on each: what a connection gets with its first message is there.
        await InTurnAsync(connections.Length, each => SendAsync(each, cancellationToken));

        var before = await ProcessTree.AtRestAsync(options.ProcessId, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await InTurnAsync(latencies.Length, each => SendAsync(each, cancellationToken));
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = await ProcessTree.AtRestAsync(options.ProcessId, cancellationToken);

        await InTurnAsync(connections.Length, each => connections[each].CloseAsync(script, cancellationToken));
        return LoadResult.Of(latencies, elapsed, before, after);
    }

    private async Task SendAsync(int message, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await connections[message % connections.Length].SendAsync(script, cancellationToken);
        latencies[message] = Stopwatch.GetTimestamp() - start;
    }

    private static Task InTurnAsync(int count, Func<int, Task> act) => Task.WhenAll(Enumerable.Range(0, Senders).Select(async first =>
    {
        for (var i = first; i < count; i += Senders)
            await act(i);
    }));
}
