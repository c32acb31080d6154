using System.Globalization;
using System.Net;

namespace Smtpd.Load;

/// <summary>What one run sends, and to whom.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        --connect HOST:PORT   the server (required)
        --pid PID             its process: CPU and memory of the process and its children are measured
        --connections N       parallel connections (20)
        --rate N              N messages a second, however slow the replies are; latency counts from when a message was due.
                              One that finds no connection free waits, so have enough of them
        --messages N          messages in all (10000)
        --size OCTETS         size of a message (4096)
        --per-connection N    messages before reconnecting, 0 = keep the connection (0)
        --recipients N        recipients of a message (1)
        --mailboxes N         each message is for one of the addresses box1@example.test to boxN@example.test, by chance
        --pipeline            one write for MAIL, RCPT and DATA
        --bdat                BDAT instead of DATA
        --tls HOW             none, full or resumed: STARTTLS with a handshake for each connection, or resuming (none)
        --warmup N            messages sent before measuring (2000)
        --idle N              hold N connections idle after EHLO instead of sending, report memory of each
        --timeout SECONDS     give up after (120)
        """;

    public IPEndPoint Server { get; init; } = new(IPAddress.Loopback, 2525);
    public int ProcessId { get; init; }
    public int Connections { get; init; } = 20;
    public int Rate { get; init; }
    public int Messages { get; init; } = 10_000;
    public int Size { get; init; } = 4096;
    public int PerConnection { get; init; }
    public int Recipients { get; init; } = 1;
    public int Mailboxes { get; init; }
    public bool Pipeline { get; init; }
    public bool Bdat { get; init; }
    public TlsUse Tls { get; init; }
    public int Warmup { get; init; } = 2000;
    public int Idle { get; init; }
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    public static LoadOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new LoadOptions();
        var connect = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--pipeline" or "--bdat")
            {
                options = name is "--bdat" ? options with { Bdat = true } : options with { Pipeline = true };
                continue;
            }
            if (++i == arguments.Length)
                throw new FormatException($"{name} needs a value.\n{Usage}");
            var value = arguments[i];
            connect |= name is "--connect";
            options = name switch
            {
                "--connect" => options with { Server = IPEndPoint.Parse(value) },
                "--pid" => options with { ProcessId = Number(name, value) },
                "--connections" => options with { Connections = Number(name, value) },
                "--rate" => options with { Rate = Number(name, value) },
                "--messages" => options with { Messages = Number(name, value) },
                "--size" => options with { Size = Number(name, value) },
                "--per-connection" => options with { PerConnection = Number(name, value) },
                "--recipients" => options with { Recipients = Number(name, value) },
                "--mailboxes" => options with { Mailboxes = Number(name, value) },
                "--tls" => options with { Tls = Enum.TryParse<TlsUse>(value, ignoreCase: true, out var use) ? use : throw new FormatException($"--tls takes none, full or resumed, not \"{value}\".") },
                "--warmup" => options with { Warmup = Number(name, value) },
                "--idle" => options with { Idle = Number(name, value) },
                "--timeout" => options with { Timeout = TimeSpan.FromSeconds(Number(name, value)) },
                _ => throw new FormatException($"Unknown option {name}.\n{Usage}"),
            };
        }
        if (options is { Mailboxes: > 0, Pipeline: true })
            throw new FormatException("--mailboxes and --pipeline do not go together.");
        return connect ? options : throw new FormatException($"--connect HOST:PORT is missing.\n{Usage}");
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{name} takes a number, not \"{value}\".");
}

internal enum TlsUse
{
    None,

    /// <summary>A whole handshake for each connection.</summary>
    Full,

    /// <summary>Sessions are resumed by ticket where the server offers that.</summary>
    Resumed,
}
