using System.Diagnostics.Metrics;
using System.Net;

namespace Smtpd;

/// <summary>Everything a <see cref="SmtpServer"/> is told. Say it before the server is made: some is read then, some later, and lists must not change while it runs.</summary>
/// <remarks>
/// Say what to do with mail in one of three ways: <see cref="OnMessage"/> (a function), <see cref="OnNewMail"/> (the seed's envelopes) or
/// <see cref="HandlerFactory"/> (a class with a method a stage). With none of them MAIL is answered 451.
/// </remarks>
public sealed class SmtpServerOptions
{
    /// <summary>What the server calls itself in greetings and replies. Default: the name of this machine.</summary>
    public string? Hostname { get; set; }

    /// <summary>Where to listen when <see cref="Endpoints"/> is empty, as <see cref="SmtpEndpoint.Parse"/> reads it. Default <c>:2525</c>.</summary>
    public string Address { get; set; } = ":2525";

    /// <summary>Where to listen.</summary>
    public IList<SmtpEndpoint> Endpoints { get; } = [];

    /// <summary>Makes the handler of a new connection.</summary>
    public Func<SmtpConnection, SmtpHandler>? HandlerFactory { get; set; }

    /// <summary>Takes each message, for whatever recipients; the reply answers the client. Nothing is relayed.</summary>
    public Func<ReceivedMail, CancellationToken, ValueTask<DataResult>>? OnMessage { get; set; }

    /// <summary>Looks at each new connection before the handler does. A refusal such as <see cref="SmtpReply.ConnectionRefused"/> takes the place of the greeting.</summary>
    public Func<SmtpConnection, CancellationToken, ValueTask<SmtpReply>>? OnNewConnection { get; set; }

    /// <summary>MAIL: makes the envelope of a new message. Throw a <see cref="SmtpReplyException"/> to refuse the sender.</summary>
    public Func<SmtpConnection, MailAddress, CancellationToken, ValueTask<IEnvelope>>? OnNewMail { get; set; }

    /// <summary>Finds mailboxes and their limits, for <see cref="OnNewMail"/>.</summary>
    public IMailboxDirectory? MailboxDirectory { get; set; }

    /// <summary>The seed's configuration, for <see cref="OnNewMail"/>; its welcome message and size limit serve every kind of handler.</summary>
    public SmtpServerConfig Config { get; set; } = new();

    /// <summary>How to speak TLS; null offers none.</summary>
    public SmtpTls? Tls { get; set; }

    /// <summary>How clients may prove who they are. Default: they cannot, unless <see cref="MailboxDirectory"/> knows credentials.</summary>
    public SmtpAuthentication Authentication { get; set; } = new();

    /// <summary>The proxies that may say who their client is, by the PROXY protocol, XCLIENT and XFORWARD. Default: none.</summary>
    public SmtpProxies Proxies { get; set; } = new();

    /// <summary>How much a peer may ask for.</summary>
    public SmtpLimits Limits { get; set; } = new();

    /// <summary>How long a peer may take.</summary>
    public SmtpTimeouts Timeouts { get; set; } = new();

    /// <summary>The seed's one timeout for reading; takes the place of <see cref="SmtpTimeouts.Greeting"/>, <see cref="SmtpTimeouts.Command"/> and <see cref="SmtpTimeouts.Data"/>.</summary>
    public TimeSpan? ReadTimeout { get; set; }

    /// <summary>The seed's timeout for writing; takes the place of <see cref="SmtpTimeouts.Write"/>.</summary>
    public TimeSpan? WriteTimeout { get; set; }

    /// <summary>How long <see cref="SmtpServer.ListenAndServeAsync"/> lets running transactions finish when it is told to stop. Default 30 seconds.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The service extensions to offer, where what they need is there. Default: those that need no promise of the handler.</summary>
    public SmtpExtensions Extensions { get; set; } = SmtpExtensions.Default;

    /// <summary>Breaches of the grammar to forgive. Default: none.</summary>
    public SmtpLeniency Leniency { get; set; }

    /// <summary>What to do with a bare CR or LF in content. Default: keep it.</summary>
    public BareLineBreaks BareLineBreaks { get; set; }

    /// <summary>Whether to close on a client that sends on behind a command whose reply it must wait for, such as EHLO or DATA (RFC 2920 §3.1), with 554. Default false.</summary>
    /// <remarks>Whether it did is a matter of how the octets arrived: a patient client is never refused, a hasty one may slip through.</remarks>
    public bool RejectUnauthorizedPipelining { get; set; }

    /// <summary>What looks at connections, senders and recipients before the handler does, in this order; the first reply that is not <see cref="SmtpReply.Continue"/> counts.</summary>
    public IList<SmtpCheck> Checks { get; } = [];

    /// <summary>Characters of dialogue that <see cref="SmtpConnection.Transcript"/> keeps of each connection, the latest ones. Default 0: none is recorded.</summary>
    public int TranscriptLength { get; set; }

    /// <summary>Makes the meter <c>Smtpd</c>, as hosts want it. Default null: the server has a meter of its own. What is measured and traced: docs/telemetry.md.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A handshake without cryptography, so that tests can play dialogues through it.</summary>
    internal Transport.TlsHandshake? Handshake { get; set; }

    internal SmtpLimits EffectiveLimits => Config.MaxMessageSize is { } octets ? Limits with { MessageOctets = octets } : Limits;

    internal SmtpTimeouts EffectiveTimeouts => Timeouts with
    {
        Greeting = ReadTimeout ?? Timeouts.Greeting,
        Command = ReadTimeout ?? Timeouts.Command,
        Data = ReadTimeout ?? Timeouts.Data,
        Write = WriteTimeout ?? Timeouts.Write,
    };

    internal string EffectiveHostname => Hostname ?? (Dns.GetHostName() is { Length: > 0 } name ? name : "localhost");

    internal IReadOnlyList<SmtpEndpoint> EffectiveEndpoints => Endpoints.Count > 0 ? [.. Endpoints] : [SmtpEndpoint.Parse(Address)];

    /// <summary>Looks for settings that cannot work; a server made with them throws.</summary>
    /// <returns>A sentence for each, saying what to do about it; nothing when all is well.</returns>
    public IEnumerable<string> Problems()
    {
        if (new object?[] { HandlerFactory, OnMessage, OnNewMail }.Count(static way => way is not null) > 1)
            yield return "HandlerFactory, OnMessage and OnNewMail each take the mail: set one of them.";
        if (Hostname is { } name && (name.Length is 0 or > 255 || name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0))
            yield return "Hostname must be a host name in printable ASCII without blanks, such as mx.example.com.";
        if (Endpoints.Count == 0 && !SmtpEndpoint.TryParse(Address, out _))
            yield return $"Address \"{Address}\" is no address to listen on: write host:port, :port or unix:/path.";
        if (Config.AddressMode is { Enabled: true } mode && (MailboxDirectory is null || mode.Domains.Count == 0))
            yield return "Config.AddressMode.Enabled needs MailboxDirectory and at least one domain in Config.AddressMode.Domains.";
        if (TranscriptLength < 0)
            yield return "TranscriptLength must not be negative; 0 records nothing.";
        if (Config.WelcomeMessage.Length > 200)
            yield return "Config.WelcomeMessage must have at most 200 characters, as the greeting is one line.";
        if (Tls is { Certificate: null, CertificateSelector: null })
            yield return "Tls needs a Certificate or a CertificateSelector.";
        var canAuthenticate = Authentication.EffectiveMechanisms(MailboxDirectory).Count > 0;
        if (Authentication.Required && !canAuthenticate)
            yield return "Authentication.Required needs something to check credentials with, such as Authentication.Credentials.";
        else if (Authentication.Required && Tls is null && !Authentication.AllowInClear)
            yield return "Authentication.Required without Tls takes no mail at all: set Tls, or Authentication.AllowInClear for a network where nobody listens.";
        foreach (var problem in Authentication.Problems(MailboxDirectory, Tls).Concat(Endpoints.SelectMany(EndpointProblems)))
            yield return problem;
        foreach (var problem in LimitProblems(EffectiveLimits).Concat(TimeoutProblems(EffectiveTimeouts)))
            yield return problem;
    }

    /// <summary>What an endpoint asks for and the options do not have.</summary>
    internal IEnumerable<string> EndpointProblems(SmtpEndpoint endpoint)
    {
        if (endpoint.Tls is not (null or SmtpTlsMode.None) && Tls is null)
            yield return $"The endpoint {endpoint} speaks TLS, so Tls must be set.";
        if (endpoint.ExpectsProxyHeader && Proxies.Trusted.Count == 0 && !Proxies.TrustUnixSockets)
            yield return $"The endpoint {endpoint} expects a PROXY header, so Proxies.Trusted must name the proxies; everybody else is closed.";
        if (endpoint.RequiresAuthentication == true && Authentication.EffectiveMechanisms(MailboxDirectory).Count == 0)
            yield return $"The endpoint {endpoint} requires AUTH, so Authentication needs something to check credentials with, such as Authentication.Credentials.";
    }

    private static IEnumerable<string> LimitProblems(SmtpLimits limits)
    {
        if (limits.CommandLineOctets < 512)
            yield return "Limits.CommandLineOctets must be at least 512 (RFC 5321 section 4.5.3.1.4).";
        if (limits.ContentLineOctets < 1000)
            yield return "Limits.ContentLineOctets must be at least 1000 (RFC 5321 section 4.5.3.1.6).";
        if (limits.MessageOctets < 1)
            yield return "Limits.MessageOctets must be at least 1.";
        if (limits.ContentMemoryOctets < 1024 * 1024)
            yield return "Limits.ContentMemoryOctets must be at least 1 MiB.";
        if (limits.FutureRelease < TimeSpan.FromSeconds(1) || limits.FutureRelease.TotalSeconds > 999_999_999)
            yield return "Limits.FutureRelease must lie between one second and 999999999 seconds (RFC 4865 section 3).";
        if (limits.DrainOctets < 0)
            yield return "Limits.DrainOctets must not be negative.";
        (string Name, int Value)[] counts =
        [
            (nameof(limits.AuthenticationAttempts), limits.AuthenticationAttempts), (nameof(limits.NewConnectionsPerAddress), limits.NewConnectionsPerAddress),
            (nameof(limits.Recipients), limits.Recipients), (nameof(limits.Errors), limits.Errors),
            (nameof(limits.Connections), limits.Connections), (nameof(limits.ConnectionsPerAddress), limits.ConnectionsPerAddress),
            (nameof(limits.MessagesPerConnection), limits.MessagesPerConnection),
        ];
        foreach (var (name, value) in counts)
        {
            if (value < 1)
                yield return $"Limits.{name} must be at least 1; for no limit in practice set a large number.";
        }
    }

    private static IEnumerable<string> TimeoutProblems(SmtpTimeouts timeouts)
    {
        (string Name, TimeSpan Value)[] all =
        [
            (nameof(timeouts.Handshake), timeouts.Handshake), (nameof(timeouts.ProxyHeader), timeouts.ProxyHeader), (nameof(timeouts.Greeting), timeouts.Greeting), (nameof(timeouts.Command), timeouts.Command), (nameof(timeouts.Data), timeouts.Data),
            (nameof(timeouts.Write), timeouts.Write), (nameof(timeouts.Connection), timeouts.Connection), (nameof(timeouts.Handler), timeouts.Handler),
        ];
        foreach (var (name, value) in all)
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(49))
                yield return $"Timeouts.{name} must lie between one second and 49 days: deadlines are looked at once a second.";
        }

        if (timeouts.GreetingDelay < TimeSpan.Zero || timeouts.GreetingDelay > TimeSpan.FromMinutes(1))
            yield return "Timeouts.GreetingDelay must lie between zero and one minute: clients wait five minutes for a greeting (RFC 5321 section 4.5.3.2.1).";
        if (timeouts.ErrorDelay < TimeSpan.Zero || timeouts.ErrorDelay > TimeSpan.FromMinutes(1))
            yield return "Timeouts.ErrorDelay must lie between zero and one minute: clients wait five minutes for a reply (RFC 5321 section 4.5.3.2).";
        if (timeouts.MinimumDataRate < 0)
            yield return "Timeouts.MinimumDataRate must not be negative; 0 is none.";
    }
}
