using System.Globalization;

namespace Smtpd.Load;

internal sealed record ComparisonOptions
{
    public const string Usage = """
        compare [options]
        --smtpd FILE      the program to measure (required)
        --peers DIR       where the scripts are that start other servers (required)
        --servers LIST    of: bare, discarding, durable, postgres, and names of peers; the first is what ratios are to (smtp-sink,discarding,durable)
        --loads LIST      of: usual, further, large, idle, tls, growth or one half of it, connections or mailboxes (usual)
        --rounds N        rounds, each of all servers in turn (5)
        --scale N         messages of a run in percent of the usual number (100)
        --postgres URL    an empty database, for postgres
        --data DIR        where stores and queues are kept, on a real disk (a new folder under /var/tmp, removed at the end)
        """;

    public string Smtpd { get; init; } = "";
    public string Peers { get; init; } = "";
    public IReadOnlyList<string> Servers { get; init; } = ["smtp-sink", "discarding", "durable"];
    public IReadOnlyList<string> Loads { get; init; } = ["usual"];
    public int Rounds { get; init; } = 5;
    public int Scale { get; init; } = 100;
    public string Postgres { get; init; } = "";
    public string? Data { get; init; }

    public static ComparisonOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ComparisonOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            if (i + 1 == arguments.Length)
                throw new FormatException($"{name} needs a value.\n{Usage}");
            var value = arguments[i + 1];
            options = name switch
            {
                "--smtpd" => options with { Smtpd = value },
                "--peers" => options with { Peers = value },
                "--servers" => options with { Servers = value.Split(',') },
                "--loads" => options with { Loads = value.Split(',') },
                "--rounds" => options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--scale" => options with { Scale = int.Parse(value, CultureInfo.InvariantCulture) },
                "--postgres" => options with { Postgres = value },
                "--data" => options with { Data = value },
                _ => throw new FormatException($"Unknown option {name}.\n{Usage}"),
            };
        }

        return options is { Smtpd.Length: > 0, Peers.Length: > 0 } ? options : throw new FormatException($"--smtpd FILE and --peers DIR are needed.\n{Usage}");
    }
}
