using System.Net;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Telemetry;

namespace Smtpd.Server.Settings;

/// <summary>All settings, validated one by one. What each means, its default and its reason: <see cref="SettingsTable"/>.</summary>
internal sealed class ServerSettings
{
    public SmtpSettings Smtp { get; } = new();
    public ProxySettings Proxy { get; } = new();
    public MailboxesSettings Mailboxes { get; } = new();
    public SessionSettings Sessions { get; } = new();
    public HttpSettings Http { get; } = new();
    public TelemetrySettings Telemetry { get; } = new();
    public StorageSettings Storage { get; } = new();
    public List<DeclaredMailbox> Declared { get; } = [];
    public string DataDirectory { get; set; } = "";
    public string Store { get; set; } = "";
    public int LoginFailures { get; set; }
    public TimeSpan DrainTimeout { get; set; }
    public LogLevel LogLevel { get; set; }

    /// <summary>The declared mailbox of this name, which is new when none of its settings was given before.</summary>
    public DeclaredMailbox Declare(string project, string mailbox)
    {
        var declared = Declared.FirstOrDefault(each => each.Name.Equals(mailbox, StringComparison.Ordinal) && each.Project.Equals(project, StringComparison.Ordinal));
        if (declared is null)
            Declared.Add(declared = new(project, mailbox));
        return declared;
    }

    internal sealed class SmtpSettings
    {
        public string? Hostname { get; set; }
        public TlsSettings Tls { get; } = new();
        public IReadOnlyList<ListenAddress> Endpoints { get; set; } = [];
        public IReadOnlyList<ListenAddress> ImplicitTlsEndpoints { get; set; } = [];
        public IReadOnlyList<ListenAddress> SubmissionEndpoints { get; set; } = [];
        public IReadOnlyList<ListenAddress> LmtpEndpoints { get; set; } = [];
        public int? CatchAll { get; set; }
        public IReadOnlyList<string> Domains { get; set; } = [];
        public bool AllowUnauthenticated { get; set; }
        public bool RequireAuth { get; set; }
        public bool AllowInsecureAuth { get; set; }
        public bool CramMd5 { get; set; }
        public UnixFileMode? SocketMode { get; set; }
        public bool RejectUnauthorizedPipelining { get; set; }
        public BareLineBreaks BareLineBreaks { get; set; }
        public SmtpLeniency Leniency { get; set; }
        public SmtpLimits Limits { get; set; } = new();
        public SmtpTimeouts Timeouts { get; set; } = new();
        public int ReceivedFields { get; set; }

        /// <summary>Everything to listen on, each with the word for it in the <c>ready</c> line.</summary>
        public IEnumerable<(EndpointKind Kind, ListenAddress Address)> AllEndpoints =>
        [
            .. Endpoints.Select(each => (EndpointKind.Smtp, each)),
            .. ImplicitTlsEndpoints.Select(each => (EndpointKind.Smtps, each)),
            .. SubmissionEndpoints.Select(each => (EndpointKind.Submission, each)),
            .. LmtpEndpoints.Select(each => (EndpointKind.Lmtp, each)),
        ];
    }

    internal enum EndpointKind
    {
        /// <summary>STARTTLS when there is a certificate.</summary>
        Smtp,

        /// <summary>TLS from the first octet on.</summary>
        Smtps,

        /// <summary>RFC 6409: mail only after STARTTLS and AUTH.</summary>
        Submission,

        /// <summary>RFC 2033, for the mail system in front: never with AUTH.</summary>
        Lmtp,
    }

    internal sealed class TlsSettings
    {
        public string? Certificate { get; set; }
        public string? Key { get; set; }
        public bool SelfSigned { get; set; }
        public SmtpClientCertificates ClientCertificates { get; set; }
        public string? ClientAuthorities { get; set; }

        public bool IsOffered => SelfSigned || Certificate is not null;
    }

    internal sealed class ProxySettings
    {
        public IReadOnlyList<IPNetwork> Trusted { get; set; } = [];
        public bool TrustUnixSockets { get; set; }
        public string? AuthSecret { get; set; }
        public ListenAddress? AuthServer { get; set; }
    }

    internal sealed class MailboxesSettings
    {
        public bool CreateOnLogin { get; set; }
        public bool CreateOnAddress { get; set; }
        public int CreateMaximum { get; set; }
        public MailboxQuota CreatedLimits { get; set; } = MailboxQuota.None;
        public TimeSpan? CreatedTimeToLive { get; set; }
    }

    internal sealed class SessionSettings
    {
        public int TranscriptLength { get; set; }
        public int Kept { get; set; }
        public int KeptPerMailbox { get; set; }
    }

    internal sealed class HttpSettings
    {
        public ListenAddress Endpoint { get; set; } = new("", 0, null);
        public bool AllowUnauthenticated { get; set; }
        public IReadOnlyList<string> AllowedHosts { get; set; } = [];
        public string? AdminToken { get; set; }
        public int Waiters { get; set; }
        public int EventListeners { get; set; }
        public long ImportBytes { get; set; }
    }

    internal sealed class TelemetrySettings
    {
        public bool Prometheus { get; set; }
        public Uri? OtlpEndpoint { get; set; }
        public OtlpProtocol OtlpProtocol { get; set; }
        public string? OtlpHeaders { get; set; }
        public TimeSpan OtlpInterval { get; set; }

        /// <summary>Whether anybody will look at what is measured.</summary>
        public bool IsWanted => Prometheus || OtlpEndpoint is not null;
    }

    internal sealed class StorageSettings
    {
        public long MinimumFreeBytes { get; set; }
        public long BufferBytes { get; set; }
        public int QueueMessages { get; set; }
        public long QueueBytes { get; set; }
        public int BatchMessages { get; set; }
        public long BatchBytes { get; set; }
        public ObjectSettings Objects { get; } = new();
    }

    internal sealed class ObjectSettings
    {
        public Uri? Endpoint { get; set; }
        public string Region { get; set; } = "";
        public string? Bucket { get; set; }
        public string Prefix { get; set; } = "";
        public string AccessKey { get; set; } = "";
        public string SecretKey { get; set; } = "";
    }
}
