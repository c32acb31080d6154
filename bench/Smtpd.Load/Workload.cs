namespace Smtpd.Load;

/// <summary>A load with the name that it has in tables.</summary>
internal sealed record Workload(string Name, LoadOptions Load)
{
    // Until the runtime has compiled what is hot for good, a third of the CPU is the compiler's.
    private static readonly Workload[] Usual =
    [
        new("1 KB, one a connection", new() { Size = 1024, PerConnection = 1, Messages = 5000, Warmup = 20_000 }),
        new("1 KB, kept connections", new() { Size = 1024, Messages = 15_000, Warmup = 20_000 }),
        new("4 KB, kept connections", new() { Size = 4096, Messages = 15_000, Warmup = 5000 }),
    ];

    private static readonly Workload[] Further =
    [
        new("4 KB, one connection", new() { Size = 4096, Connections = 1, Messages = 4000, Warmup = 8000 }),
        new("4 KB, pipelined", new() { Size = 4096, Messages = 15_000, Warmup = 5000, Pipeline = true }),
        new("1 KB, 20 recipients, pipelined", new() { Size = 1024, Messages = 5000, Warmup = 2000, Recipients = 20, Pipeline = true }),
    ];

    private static readonly Workload[] Large = [new("10 MB, 4 connections", new() { Size = 10_000_000, Connections = 4, Messages = 100, Warmup = 200 })];

    private static readonly Workload[] Idle = [new("idle after EHLO", new() { Idle = 2000, Warmup = 1000 })];

    private static readonly Workload[] Tls =
    [
        new("TLS, full handshake, 1 KB, one a connection", new() { Size = 1024, PerConnection = 1, Messages = 2000, Warmup = 3000, Tls = TlsUse.Full }),
        new("TLS, resumed, 1 KB, one a connection", new() { Size = 1024, PerConnection = 1, Messages = 2000, Warmup = 3000, Tls = TlsUse.Resumed }),
        new("TLS, 4 KB, kept connections", new() { Size = 4096, Messages = 15_000, Warmup = 15_000, Tls = TlsUse.Full }),
    ];

    public static IReadOnlyList<Workload> Named(string group) => group switch
    {
        "usual" => Usual,
        "further" => Further,
        "large" => Large,
        "idle" => Idle,
        "tls" => Tls,
        _ => throw new FormatException($"There are no loads called {group}.\n{ComparisonOptions.Usage}"),
    };
}
