using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>Where a database is, written as psql takes it: <c>postgres://user:password@host:port/database?option=value</c>. Prints itself without the password.</summary>
internal sealed class PostgresAddress
{
    public const string Syntax = "postgres://user:password@host:port/database?option=value";

    private const int DefaultPort = 5432;

    // libpq's names, as in every other program's URL of a database.
    private static readonly Dictionary<string, Action<NpgsqlConnectionStringBuilder, string>> Options = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = (to, value) => to.Host = value,
        ["port"] = (to, value) => to.Port = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture),
        ["dbname"] = (to, value) => to.Database = value,
        ["user"] = (to, value) => to.Username = value,
        ["password"] = (to, value) => to.Password = value,
        ["passfile"] = (to, value) => to.Passfile = value,
        ["sslmode"] = (to, value) => to.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
        ["sslrootcert"] = (to, value) => to.RootCertificate = value,
        ["sslcert"] = (to, value) => to.SslCertificate = value,
        ["sslkey"] = (to, value) => to.SslKey = value,
        ["channel_binding"] = (to, value) => to.ChannelBinding = Enum.Parse<ChannelBinding>(value, ignoreCase: true),
        ["connect_timeout"] = (to, value) => to.Timeout = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture),
        ["application_name"] = (to, value) => to.ApplicationName = value,
        ["options"] = (to, value) => to.Options = value,
        ["target_session_attrs"] = (to, value) => to.TargetSessionAttributes = value,
    };

    private readonly NpgsqlConnectionStringBuilder parts;

    private PostgresAddress(NpgsqlConnectionStringBuilder parts) => this.parts = parts;

    public bool IsUnixSocket => parts.Host?.StartsWith('/') == true;

    public static bool IsOne(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <param name="wrong">What is wrong with it, without repeating it: there may be a password in it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PostgresAddress? address, [NotNullWhen(false)] out string? wrong)
    {
        address = null;
        wrong = IsOne(text) ? null : "must be " + Syntax;
        return wrong is null && TryParseOne(text, out address, out wrong);
    }

    // Apart, so that Npgsql is not even loaded for who keeps mail elsewhere.
    private static bool TryParseOne(string text, [NotNullWhen(true)] out PostgresAddress? address, [NotNullWhen(false)] out string? wrong)
    {
        address = null;
        NpgsqlConnectionStringBuilder parts = new() { Timeout = 5, ApplicationName = "smtpd", SslMode = SslMode.Prefer };
        wrong = Read(text, parts);
        if (wrong is not null)
            return false;
        address = new(parts);
        return true;
    }

    /// <summary>For Npgsql, with what is said beside the address.</summary>
    public NpgsqlConnectionStringBuilder ToConnection() => new(parts.ConnectionString);

    public override string ToString() =>
        $"postgres://{(parts.Username is { Length: > 0 } user ? user + "@" : "")}{parts.Host}{(parts.Port == DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{parts.Port}"))}/{parts.Database}";

    private static string? Read(string text, NpgsqlConnectionStringBuilder to)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var options = query < 0 ? "" : rest[(query + 1)..];
        rest = query < 0 ? rest : rest[..query];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var database = slash < 0 ? "" : rest[(slash + 1)..];
        var authority = slash < 0 ? rest : rest[..slash];
        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var user = authority[..at].Split(':', 2);
            to.Username = Uri.UnescapeDataString(user[0]);
            if (user.Length > 1)
                to.Password = Uri.UnescapeDataString(user[1]);
        }

        if (database.Length > 0)
            to.Database = Uri.UnescapeDataString(database);
        return ReadHosts(authority[(at + 1)..], to) ?? ReadOptions(options, to)
            ?? (string.IsNullOrEmpty(to.Host) ? "must name a host, or the directory of a unix socket: ?host=/var/run/postgresql" : null)
            ?? (string.IsNullOrEmpty(to.Database) ? "must name a database" : null);
    }

    // Several hosts, of which one is the primary: host1:5432,host2:5432.
    private static string? ReadHosts(string hosts, NpgsqlConnectionStringBuilder to)
    {
        if (hosts.Length == 0)
            return null;
        if (hosts.Contains(',', StringComparison.Ordinal))
        {
            to.Host = Uri.UnescapeDataString(hosts);
            return null;
        }

        var colon = hosts.LastIndexOf(':');
        if (colon > hosts.LastIndexOf(']'))
        {
            if (!int.TryParse(hosts.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
                return "has a port that is none";
            to.Port = port;
            hosts = hosts[..colon];
        }

        to.Host = Uri.UnescapeDataString(hosts).Trim('[', ']');
        return null;
    }

    private static string? ReadOptions(string options, NpgsqlConnectionStringBuilder to)
    {
        foreach (var each in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = each.Split('=', 2);
            if (pair.Length < 2 || !Options.TryGetValue(pair[0], out var set))
                return $"has an option that is not known; known are {string.Join(", ", Options.Keys)}";
            try
            {
                set(to, Uri.UnescapeDataString(pair[1]));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
            {
                return $"has a value for the option {pair[0].ToLowerInvariant()} that is none";
            }
        }

        return null;
    }
}
