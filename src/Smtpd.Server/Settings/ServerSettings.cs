namespace Smtpd.Server.Settings;

/// <summary>All settings, validated one by one. What each means, its default and its reason: <see cref="SettingsTable"/>.</summary>
internal sealed class ServerSettings
{
    public SmtpSettings Smtp { get; } = new();
    public HttpSettings Http { get; } = new();
    public StorageSettings Storage { get; } = new();
    public string DataDirectory { get; set; } = "";
    public string Store { get; set; } = "";
    public TimeSpan DrainTimeout { get; set; }
    public LogLevel LogLevel { get; set; }

    internal sealed class SmtpSettings
    {
        public string? Hostname { get; set; }
        public IReadOnlyList<ListenAddress> Endpoints { get; set; } = [];
        public int? CatchAll { get; set; }
        public bool AllowUnauthenticated { get; set; }
        public BareLineBreaks BareLineBreaks { get; set; }
        public SmtpLeniency Leniency { get; set; }
        public SmtpLimits Limits { get; set; } = new();
        public SmtpTimeouts Timeouts { get; set; } = new();
        public int ReceivedFields { get; set; }
    }

    internal sealed class HttpSettings
    {
        public ListenAddress Endpoint { get; set; } = new("", 0, null);
        public bool AllowUnauthenticated { get; set; }
        public IReadOnlyList<string> AllowedHosts { get; set; } = [];
        public int Waiters { get; set; }
    }

    internal sealed class StorageSettings
    {
        public long MinimumFreeBytes { get; set; }
        public long BufferBytes { get; set; }
        public int QueueMessages { get; set; }
        public long QueueBytes { get; set; }
        public int BatchMessages { get; set; }
        public long BatchBytes { get; set; }
    }
}
