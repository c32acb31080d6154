using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Smtpd.Hosting;

/// <summary>Reads options from a section of the configuration. By hand: nothing here needs reflection, and every mistake gets a sentence that names its key.</summary>
internal sealed class ConfigurationReader(string serverName, IConfiguration configuration, ILogger? logger) : IConfigureNamedOptions<SmtpServerOptions>
{
    private delegate void Setter(SmtpServerOptions options, string value);

    // Setters throw a FormatException that ends the sentence "<key> is "<value>": ...".
    private static readonly Dictionary<string, Setter> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Hostname"] = static (options, value) => options.Hostname = value,
        ["Address"] = static (options, value) => options.Address = SmtpEndpoint.Parse(value).ToString(),
        ["ReadTimeout"] = static (options, value) => options.ReadTimeout = Duration(value),
        ["WriteTimeout"] = static (options, value) => options.WriteTimeout = Duration(value),
        ["DrainTimeout"] = static (options, value) => options.DrainTimeout = Duration(value),
        ["Extensions"] = static (options, value) => options.Extensions = Name<SmtpExtensions>(value),
        ["Leniency"] = static (options, value) => options.Leniency = Name<SmtpLeniency>(value),
        ["RejectUnauthorizedPipelining"] = static (options, value) => options.RejectUnauthorizedPipelining = Truth(value),
        ["TranscriptLength"] = static (options, value) => options.TranscriptLength = Int(value),
        ["BareLineBreaks"] = static (options, value) => options.BareLineBreaks = Name<BareLineBreaks>(value),

        ["Config:AuthRequired"] = static (options, value) => options.Config = options.Config with { AuthRequired = Truth(value) },
        ["Config:WelcomeMessage"] = static (options, value) => options.Config = options.Config with { WelcomeMessage = value },
        ["Config:MaxMessageSize"] = static (options, value) => options.Config = options.Config with { MaxMessageSize = Long(value) },
        ["Config:RateLimit"] = static (options, value) => options.Config = options.Config with { RateLimit = Int(value) },

        ["Limits:CommandLineOctets"] = static (options, value) => options.Limits = options.Limits with { CommandLineOctets = Int(value) },
        ["Limits:ContentLineOctets"] = static (options, value) => options.Limits = options.Limits with { ContentLineOctets = Int(value) },
        ["Limits:MessageOctets"] = static (options, value) => options.Limits = options.Limits with { MessageOctets = Long(value) },
        ["Limits:DrainOctets"] = static (options, value) => options.Limits = options.Limits with { DrainOctets = Long(value) },
        ["Limits:Recipients"] = static (options, value) => options.Limits = options.Limits with { Recipients = Int(value) },
        ["Limits:Errors"] = static (options, value) => options.Limits = options.Limits with { Errors = Int(value) },
        ["Limits:Connections"] = static (options, value) => options.Limits = options.Limits with { Connections = Int(value) },
        ["Limits:ConnectionsPerAddress"] = static (options, value) => options.Limits = options.Limits with { ConnectionsPerAddress = Int(value) },
        ["Limits:MessagesPerConnection"] = static (options, value) => options.Limits = options.Limits with { MessagesPerConnection = Int(value) },
        ["Limits:AuthenticationAttempts"] = static (options, value) => options.Limits = options.Limits with { AuthenticationAttempts = Int(value) },
        ["Limits:NewConnectionsPerAddress"] = static (options, value) => options.Limits = options.Limits with { NewConnectionsPerAddress = Int(value) },
        ["Limits:ContentMemoryOctets"] = static (options, value) => options.Limits = options.Limits with { ContentMemoryOctets = Long(value) },
        ["Limits:FutureRelease"] = static (options, value) => options.Limits = options.Limits with { FutureRelease = Duration(value) },

        ["Timeouts:GreetingDelay"] = static (options, value) => options.Timeouts = options.Timeouts with { GreetingDelay = Duration(value) },
        ["Timeouts:ErrorDelay"] = static (options, value) => options.Timeouts = options.Timeouts with { ErrorDelay = Duration(value) },
        ["Timeouts:Handler"] = static (options, value) => options.Timeouts = options.Timeouts with { Handler = Duration(value) },
        ["Timeouts:Handshake"] = static (options, value) => options.Timeouts = options.Timeouts with { Handshake = Duration(value) },
        ["Timeouts:ProxyHeader"] = static (options, value) => options.Timeouts = options.Timeouts with { ProxyHeader = Duration(value) },
        ["Timeouts:Greeting"] = static (options, value) => options.Timeouts = options.Timeouts with { Greeting = Duration(value) },
        ["Timeouts:Command"] = static (options, value) => options.Timeouts = options.Timeouts with { Command = Duration(value) },
        ["Timeouts:Data"] = static (options, value) => options.Timeouts = options.Timeouts with { Data = Duration(value) },
        ["Timeouts:Write"] = static (options, value) => options.Timeouts = options.Timeouts with { Write = Duration(value) },
        ["Timeouts:Connection"] = static (options, value) => options.Timeouts = options.Timeouts with { Connection = Duration(value) },
        ["Timeouts:MinimumDataRate"] = static (options, value) => options.Timeouts = options.Timeouts with { MinimumDataRate = Int(value) },

        ["Authentication:Required"] = static (options, value) => options.Authentication.Required = Truth(value),
        ["Authentication:AllowInClear"] = static (options, value) => options.Authentication.AllowInClear = Truth(value),
        ["Authentication:CramMd5"] = static (options, value) => options.Authentication.CramMd5 = Truth(value),
        ["Authentication:Anonymous"] = static (options, value) => options.Authentication.Anonymous = Truth(value),
        ["Authentication:ScramIterations"] = static (options, value) => options.Authentication.ScramIterations = Int(value),
        ["Authentication:ScramPlus"] = static (options, value) => options.Authentication.ScramPlus = Truth(value),
        ["Authentication:UnknownUserKey"] = static (options, value) => options.Authentication.UnknownUserKey = Convert.FromBase64String(value),

        ["Proxies:TrustUnixSockets"] = static (options, value) => options.Proxies.TrustUnixSockets = Truth(value),
        ["Proxies:XClient"] = static (options, value) => options.Proxies.XClient = Truth(value),
        ["Proxies:XForward"] = static (options, value) => options.Proxies.XForward = Truth(value),
    };

    // Read by methods of their own.
    private static readonly string[] Lists = ["Endpoints", "Proxies:Trusted", "Tls"];

    /// <summary>The keys of single values, for the test that looks for forgotten ones.</summary>
    internal static IEnumerable<string> Keys => Settings.Keys;

    public void Configure(SmtpServerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, SmtpServerOptions options)
    {
        if (!serverName.Equals(name, StringComparison.Ordinal))
            return;
        var problems = new List<string>();
        foreach (var (key, value) in configuration.AsEnumerable(makePathsRelative: true))
        {
            if (value is null || Lists.Any(list => IsWithin(list, key)))
                continue;
            if (Settings.TryGetValue(key, out var set))
                Try(problems, key, value, () => set(options, value));
            else
                problems.Add($"{Path(key)} is no setting of an SMTP server.");
        }

        foreach (var network in configuration.GetSection("Proxies:Trusted").GetChildren())
            Try(problems, Key(network), network.Value, () => options.Proxies.Trusted.Add(Network(network.Value)));
        foreach (var endpoint in configuration.GetSection("Endpoints").GetChildren())
            Try(problems, Key(endpoint), endpoint.Value ?? endpoint["Address"], () => options.Endpoints.Add(Endpoint(endpoint)));
        if (configuration.GetSection("Tls") is var tls && tls.Exists())
            Try(problems, "Tls", tls.Value, () => options.Tls = TlsFiles.Read(tls, options.TimeProvider, logger));
        if (problems.Count > 0)
            throw new OptionsValidationException(serverName, typeof(SmtpServerOptions), problems);
    }

    internal static T Name<T>(string value)
        where T : struct, Enum =>
        !value.Any(char.IsAsciiDigit) && Enum.TryParse<T>(value, ignoreCase: true, out var named)
            ? named
            : throw new FormatException($"write {string.Join(", ", Enum.GetNames<T>())}.");

    private static SmtpEndpoint Endpoint(IConfigurationSection section)
    {
        if (section.Value is { } address)
            return SmtpEndpoint.Parse(address);
        string[] known = ["Address", "Tls", "IsLmtp", "ExpectsProxyHeader", "RequiresAuthentication"];
        if (section.GetChildren().FirstOrDefault(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new FormatException($"an endpoint has no {unknown.Key}, only {string.Join(", ", known)}.");
        return new SmtpEndpoint(SmtpEndpoint.Parse(section["Address"] ?? string.Empty).EndPoint)
        {
            Tls = section["Tls"] is { } tls ? Name<SmtpTlsMode>(tls) : null,
            IsLmtp = section["IsLmtp"] is { } isLmtp && Truth(isLmtp),
            ExpectsProxyHeader = section["ExpectsProxyHeader"] is { } expectsProxyHeader && Truth(expectsProxyHeader),
            RequiresAuthentication = section["RequiresAuthentication"] is { } requires ? Truth(requires) : null,
        };
    }

    private static IPNetwork Network(string? value)
    {
        if (IPNetwork.TryParse(value, out var network))
            return network;
        return IPAddress.TryParse(value, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new FormatException("write an address such as 192.0.2.1, or a network such as 10.0.0.0/8.");
    }

    private static bool Truth(string value) => bool.TryParse(value, out var truth) ? truth : throw new FormatException("write true or false.");

    private static int Int(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("write a whole number.");

    private static long Long(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("write a whole number.");

    private static TimeSpan Duration(string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return TimeSpan.TryParseExact(value, ["c", @"h\:mm\:ss"], CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new FormatException("write seconds, or hh:mm:ss.");
    }

    private static bool IsWithin(string list, string key) =>
        key.StartsWith(list, StringComparison.OrdinalIgnoreCase) && (key.Length == list.Length || key[list.Length] == ':');

    [SuppressMessage("Design", "CA1031", Justification = "FormatException and what a file may throw end in the same sentence.")]
    private void Try(List<string> problems, string key, string? value, Action set)
    {
        try
        {
            set();
        }
        catch (Exception exception)
        {
            problems.Add(value is null ? $"{Path(key)}: {exception.Message}" : $"{Path(key)} is \"{value}\": {exception.Message}");
        }
    }

    private string Path(string key) => configuration is IConfigurationSection section ? $"{section.Path}:{key}" : key;

    private string Key(IConfigurationSection section) =>
        configuration is IConfigurationSection own ? section.Path[(own.Path.Length + 1)..] : section.Path;
}
