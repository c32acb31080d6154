using System.Globalization;
using System.Net;
using Smtpd.Server.Storage.Postgres;
using Smtpd.Server.Telemetry;

namespace Smtpd.Server.Settings;

/// <summary>Every setting there is. <c>docs/options.md</c> is printed from this table, and a key that is not in it is refused.</summary>
internal static class SettingsTable
{
    // The library's own defaults: one place for each number.
    private static readonly SmtpLimits Limits = new();
    private static readonly SmtpTimeouts Timeouts = new();

    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Text("Smtp:Endpoints", $"a list of addresses ({ListenAddress.SmtpSyntax}), separated by commas or a JSON array", "127.0.0.1:2525",
            "Where SMTP is spoken (`--smtp`), with STARTTLS when there is a certificate. Port 0 takes a free one, which the `ready` line tells. "
            + "2525 needs no privilege and is what other test servers use.",
            (settings, text) => ReadEndpoints(text, all => settings.Smtp.Endpoints = all) ?? (settings.Smtp.Endpoints.Count == 0 ? "must name at least one address" : null)),
        Setting.Text("Smtp:ImplicitTlsEndpoints", "as `Smtp:Endpoints`, or empty for none", "",
            "Where SMTP is spoken under TLS from the first octet on (`--smtps`; RFC 8314, port 465). Needs a certificate.",
            (settings, text) => ReadEndpoints(text, all => settings.Smtp.ImplicitTlsEndpoints = all)),
        Setting.Text("Smtp:SubmissionEndpoints", "as `Smtp:Endpoints`, or empty for none", "",
            "Where mail is taken only after STARTTLS and AUTH (`--submission`; RFC 6409, port 587). Needs a certificate.",
            (settings, text) => ReadEndpoints(text, all => settings.Smtp.SubmissionEndpoints = all)),
        Setting.Text("Smtp:LmtpEndpoints", "as `Smtp:Endpoints`, or empty for none", "",
            "Where LMTP is spoken (`--lmtp`; RFC 2033), for a mail server in front that hands over; best a unix socket. AUTH is never asked for here.",
            (settings, text) => ReadEndpoints(text, all => settings.Smtp.LmtpEndpoints = all)),
        Setting.Text("Smtp:Hostname", "a host name, or empty for the system's", "",
            "The name in the greeting and in `Received`.", ReadHostname),
        Setting.Text("Smtp:CatchAll", "the id of a mailbox, or empty for none", "1",
            "The mailbox for mail that no other rule places. Empty: such recipients are refused with 550 5.1.1.", ReadCatchAll),
        Setting.Text("Smtp:Domains", "a list of domains, separated by commas or a JSON array, or empty for none", "",
            "Domains of our own: at these an address rule such as `support@` (a user, with or without a tag) holds, and only there `Mailboxes:CreateOnAddress` makes mailboxes.",
            ReadDomains),
        Setting.Switch("Smtp:AllowUnauthenticated", false,
            "Mail taken without credentials, where others can reach the address, is refused at start until this says that it is meant, or `Smtp:RequireAuth` that it is not so.",
            (settings, value) => settings.Smtp.AllowUnauthenticated = value),
        Setting.Switch("Smtp:RequireAuth", false,
            "Mail only after AUTH; others get 530 5.7.0. Needs TLS, or `Smtp:AllowInsecureAuth`. LMTP is not meant by it.",
            (settings, value) => settings.Smtp.RequireAuth = value),
        Setting.Switch("Smtp:AllowInsecureAuth", false,
            "AUTH is offered without TLS too, for tests: a password in clear can be read on its way (RFC 4954 4).",
            (settings, value) => settings.Smtp.AllowInsecureAuth = value),
        Setting.Switch("Smtp:CramMd5", false,
            "CRAM-MD5 for users that were added with `--keep-clear-secret`: the server must hold their passwords, so it is for old clients only.",
            (settings, value) => settings.Smtp.CramMd5 = value),
        Setting.Text("Smtp:Tls:Certificate", "the path of a PEM file, or empty for none", "",
            "The certificate and the chain behind it (`--tls-cert`). Read again when it changes, without a restart; what cannot be used then leaves the old one in place.",
            (settings, text) => ReadPath(text, path => settings.Smtp.Tls.Certificate = path)),
        Setting.Text("Smtp:Tls:Key", "the path of a PEM file, or empty when the certificate's file has it", "",
            "The private key, not encrypted (`--tls-key`).", (settings, text) => ReadPath(text, path => settings.Smtp.Tls.Key = path)),
        Setting.Switch("Smtp:Tls:SelfSigned", false,
            "For development: a certificate of our own for `localhost` and this machine's name, kept in the data directory (`--tls-self-signed`). Nobody else trusts it.",
            (settings, value) => settings.Smtp.Tls.SelfSigned = value),
        Setting.Choice("Smtp:Tls:ClientCertificates", SmtpClientCertificates.None,
            "Whether clients are asked for a certificate. One that names a user by its e-mail address or its common name allows AUTH EXTERNAL. `Require` refuses the handshake without one.",
            (settings, value) => settings.Smtp.Tls.ClientCertificates = value),
        Setting.Text("Smtp:Tls:ClientAuthorities", "the path of a PEM file, or empty for none", "",
            "Who may have issued client certificates. The system's own list is not used: anybody can be issued one by somebody on it.",
            (settings, text) => ReadPath(text, path => settings.Smtp.Tls.ClientAuthorities = path)),
        Setting.Choice("Smtp:BareLineBreaks", BareLineBreaks.Preserve,
            "A CR or LF outside CRLF never ends a message. `Preserve` keeps it byte for byte, `Normalize` makes it CRLF, `Reject` refuses the message with 550.",
            (settings, value) => settings.Smtp.BareLineBreaks = value),
        Setting.Switch("Smtp:RejectUnauthorizedPipelining", false,
            "Close with 554 on a client that sends on where it must wait for a reply (RFC 2920 3.1), as spam software does. Postfix's `reject_unauth_pipelining`.",
            (settings, value) => settings.Smtp.RejectUnauthorizedPipelining = value),
        Setting.Text("Smtp:SocketMode", "three octal digits such as 660, or empty for what the umask says", "",
            "Who may open the unix sockets of SMTP and LMTP: a mail server in front mostly runs as another user. Write permission is what counts.", ReadSocketMode),
        Setting.Flags<SmtpLeniency>("Smtp:Leniency",
            "What to forgive clients that break the grammar: an address without `<>`, a dot behind it, a command that a bare LF ends (for people at a terminal).",
            (settings, value) => settings.Smtp.Leniency = value),
        Setting.Size("Smtp:Limits:MessageBytes", 1, string.Create(CultureInfo.InvariantCulture, $"{Limits.MessageOctets >> 20}M"),
            "The largest message, announced by SIZE and enforced while receiving: 25 MB of attachments in base64, as large providers allow. More: 552 5.3.4.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { MessageOctets = value }),
        Setting.Number("Smtp:Limits:Recipients", 1, 100_000, Limits.Recipients,
            "Recipients of one message. RFC 5321 4.5.3.1.8 asks for at least 100; Postfix takes 1000. More: 452 4.5.3.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { Recipients = value }),
        Setting.Number("Smtp:Limits:Connections", 1, 1_000_000, Limits.Connections,
            "Connections at one time; an idle one costs some kilobytes. More: 421. Lowered at start, with a warning, when there are too few file descriptors.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { Connections = value }),
        Setting.Number("Smtp:Limits:ConnectionsPerAddress", 1, 1_000_000, Limits.ConnectionsPerAddress,
            "Connections at one time from one address. Postfix's `smtpd_client_connection_count_limit` is 50. More: 421.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { ConnectionsPerAddress = value }),
        Setting.Number("Smtp:Limits:NewConnectionsPerAddress", 1, int.MaxValue, Limits.NewConnectionsPerAddress,
            "New connections a minute from one address. Without a limit, as a mail server that sends much opens many. More: 421.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { NewConnectionsPerAddress = value }),
        Setting.Number("Smtp:Limits:MessagesPerConnection", 1, int.MaxValue, Limits.MessagesPerConnection,
            "Messages over one connection: only ends what never ends. More: 421.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { MessagesPerConnection = value }),
        Setting.Number("Smtp:Limits:Errors", 1, 100_000, Limits.Errors,
            "Refused commands before the connection is closed with 421. Postfix's `smtpd_hard_error_limit` is 20.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { Errors = value }),
        Setting.Number("Smtp:Limits:AuthenticationAttempts", 1, 1000, Limits.AuthenticationAttempts,
            "Failed AUTH attempts before the connection is closed with 421: each costs a key derivation. Five, because a client may try each mechanism it knows with one wrong password and should still read 535.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { AuthenticationAttempts = value }),
        Setting.Size("Smtp:Limits:ContentMemoryBytes", 1 << 20, string.Create(CultureInfo.InvariantCulture, $"{Limits.ContentMemoryOctets >> 20}M"),
            "Octets of content that all connections together may hold on their way to the store. More: 421 to new connections, 452 4.3.1 to new messages.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { ContentMemoryOctets = value }),
        Setting.Number("Smtp:Limits:CommandLineBytes", 512, 1_048_576, Limits.CommandLineOctets,
            "Octets of a command line. RFC 5321 4.5.3.1.4 asks for 512 and extensions add to it; Postfix reads 2048. More: 500, and nothing of it runs.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { CommandLineOctets = value }),
        Setting.Number("Smtp:Limits:ContentLineBytes", 1000, int.MaxValue, Limits.ContentLineOctets,
            "Octets of a line of content. RFC 5321 4.5.3.1.6 asks for 1000; generators write whole pages on one line. More: 554 5.6.0.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { ContentLineOctets = value }),
        Setting.Size("Smtp:Limits:DrainBytes", 0, string.Create(CultureInfo.InvariantCulture, $"{Limits.DrainOctets >> 20}M"),
            "How much of a message over the limit is read for the sake of a proper reply; then the connection is closed.",
            (settings, value) => settings.Smtp.Limits = settings.Smtp.Limits with { DrainOctets = value }),
        Setting.Number("Smtp:Limits:MinimumDataRate", 0, int.MaxValue, Timeouts.MinimumDataRate,
            "Octets a second that content must average after its first minute, against clients that drip; 0 is none. Postfix's `smtpd_min_data_rate` is 500.",
            (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { MinimumDataRate = value }),
        Setting.Number("Smtp:Limits:ReceivedFields", 1, 10_000, 100,
            "More `Received` fields than this mean a loop: 554 5.4.6. RFC 5321 6.3 asks for at least 100.",
            (settings, value) => settings.Smtp.ReceivedFields = value),
        Setting.Duration("Smtp:Timeouts:Handshake", Timeouts.Handshake,
            "A TLS handshake.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Handshake = value }),
        Setting.Duration("Smtp:Timeouts:ProxyHeader", Timeouts.ProxyHeader,
            "The PROXY header, where one is expected.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { ProxyHeader = value }),
        Setting.Pause("Smtp:Timeouts:GreetingDelay",
            "How long the greeting is held back. Who talks before it is no mail client and gets 554. None by default: it makes every mail that much slower.",
            (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { GreetingDelay = value }),
        Setting.Pause("Smtp:Timeouts:ErrorDelay",
            "How long each refusal is held back, so that guessing addresses and passwords takes time.",
            (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { ErrorDelay = value }),
        Setting.Duration("Smtp:Timeouts:Greeting", Timeouts.Greeting,
            "From the greeting to the first command.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Greeting = value }),
        Setting.Duration("Smtp:Timeouts:Command", Timeouts.Command,
            "Waiting for the next command: RFC 5321 4.5.3.2.7.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Command = value }),
        Setting.Duration("Smtp:Timeouts:Data", Timeouts.Data,
            "Waiting for the next piece of content: RFC 5321 4.5.3.2.5.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Data = value }),
        Setting.Duration("Smtp:Timeouts:Write", Timeouts.Write,
            "Until the client has read a reply; one that never reads must not hold memory.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Write = value }),
        Setting.Duration("Smtp:Timeouts:Connection", Timeouts.Connection,
            "The whole life of a connection: only ends what never ends.", (settings, value) => settings.Smtp.Timeouts = settings.Smtp.Timeouts with { Connection = value }),
        Setting.Text("Proxy:Trusted", "a list of addresses or networks such as 10.0.0.0/8, separated by commas or a JSON array, or empty for none", "",
            "Who may say on whose behalf it connects: by a PROXY header (on an address with `+proxy`), XCLIENT, XFORWARD, and at `/nginx-auth`. Such a peer can claim to be anybody.",
            ReadNetworks),
        Setting.Switch("Proxy:TrustUnixSockets", false,
            "Peers on a unix socket are trusted as those in `Proxy:Trusted`: whoever may open the socket may claim to be anybody.",
            (settings, value) => settings.Proxy.TrustUnixSockets = value),
        Setting.Text("Proxy:AuthServer", "host:port with an IP address, or empty for the first of `Smtp:Endpoints`", "",
            "Where `/nginx-auth` sends nginx with a client that it has let in.", ReadAuthServer),
        Setting.Text("Proxy:AuthSecret", "a text of at least 16 printable characters without blanks, or empty for none", "",
            "What nginx must send to `/nginx-auth` in the header `X-Auth-Secret`, for machines where others can connect from a trusted address too.",
            (settings, text) => ReadSecret(text, secret => settings.Proxy.AuthSecret = secret)) with { IsSecret = true },
        Setting.Number("Logins:FailuresPerAddress", 1, 1_000_000, 10,
            "Wrong credentials a minute from one address, over SMTP, REST, the page and nginx together. More: 454 4.7.0 or 429, whatever the credentials are, until the minute is over.",
            (settings, value) => settings.LoginFailures = value),
        Setting.Switch("Mailboxes:CreateOnLogin", false,
            "A user who is not known gets a mailbox of that name, with the password of this first login (PLAIN or LOGIN). For test servers: whoever comes is let in.",
            (settings, value) => settings.Mailboxes.CreateOnLogin = value),
        Setting.Switch("Mailboxes:CreateOnAddress", false,
            "A recipient that nothing places gets a mailbox of that name, before the catch-all; only at `Smtp:Domains` when there are any.",
            (settings, value) => settings.Mailboxes.CreateOnAddress = value),
        Setting.Number("Mailboxes:CreateMaximum", 1, 100_000, 1000,
            "With so many mailboxes in the store, logins and addresses make no more: strangers decide how many they would like.",
            (settings, value) => settings.Mailboxes.CreateMaximum = value),
        Setting.Number("Mailboxes:CreatedMessages", 1, 100_000_000, 500,
            "The most messages in a mailbox that was made so; the oldest go. Other test servers keep 500 too.",
            (settings, value) => settings.Mailboxes.CreatedLimits = settings.Mailboxes.CreatedLimits with { Messages = value }),
        Setting.Text("Mailboxes:CreatedTimeToLive", "seconds or `hh:mm:ss`, up to 365 days, or empty for ever", "",
            "How long such a mailbox lives; then it goes with everything in it.", ReadTimeToLive),
        Setting.Number("Sessions:TranscriptLength", 0, 1_000_000, 16_384,
            "Characters of the SMTP dialogue kept with a message and of refused connections, passwords blanked; 0 is none.",
            (settings, value) => settings.Sessions.TranscriptLength = value),
        Setting.Number("Sessions:Kept", 0, 100_000, 500,
            "Connections without a message or with a refusal that can be looked at: the latest, in memory.",
            (settings, value) => settings.Sessions.Kept = value),
        Setting.Number("Sessions:KeptPerMailbox", 0, 10_000, 50,
            "The same for one mailbox.",
            (settings, value) => settings.Sessions.KeptPerMailbox = value),
        Setting.Text("Http:Endpoint", $"one address ({ListenAddress.Syntax})", "127.0.0.1:8025",
            "Where REST is served (`--http`). 8025 is what other test servers use.", ReadHttpEndpoint),
        Setting.Text("Http:AdminToken", "a text of at least 16 printable characters without blanks, or empty for none", "",
            "What REST asks for, as `Authorization: Bearer …` or as the password of the user `admin`. Empty: whoever reaches the HTTP address may do everything. "
            + "Users of mailboxes see their own mailbox by their own password either way.",
            (settings, text) => ReadSecret(text, secret => settings.Http.AdminToken = secret)) with { IsSecret = true },
        Setting.Switch("Http:AllowUnauthenticated", false,
            "Without `Http:AdminToken` REST asks for no credentials, so an HTTP address that others can reach is refused at start until this says that it is meant.",
            (settings, value) => settings.Http.AllowUnauthenticated = value),
        Setting.Text("Http:AllowedHosts", "a list of host names, separated by commas or a JSON array", "",
            "Names by which the server may be called, besides `localhost`, loopback and the bound address. Any other `Host` is answered 421: protection from DNS rebinding.",
            ReadAllowedHosts),
        Setting.Number("Http:Waiters", 1, 1_000_000, 1000,
            "Requests that may hang in `/wait` at one time. More: 503; the users of one mailbox, a quarter of it: 429.",
            (settings, value) => settings.Http.Waiters = value),
        Setting.Number("Http:EventListeners", 1, 1_000_000, 1000,
            "Requests that may listen to `/api/events` at one time. More: 503; the users of one mailbox, a quarter of it: 429.",
            (settings, value) => settings.Http.EventListeners = value),
        Setting.Size("Http:ImportBytes", 1, "1G",
            "The largest mbox file that can be imported by one request; each message in it obeys `Smtp:Limits:MessageBytes`. More: 413.",
            (settings, value) => settings.Http.ImportBytes = value),
        Setting.Text("Data:Directory", "a path; a relative one is taken from the working directory", "smtpd-data",
            "Where everything is kept (`--data`). One running server per directory.", ReadDataDirectory),
        Setting.Text("Store", $"`sqlite`, `{PostgresAddress.Syntax}` or `null`", "sqlite",
            "The engine that keeps mail (`--store`). PostgreSQL is for several servers that share one database; the options are psql's, such as `sslmode=verify-full`, and a password may "
            + "also be in `PGPASSWORD` or `~/.pgpass`. `null` accepts and forgets: for measurements only.", ReadStore),
        Setting.Size("Storage:MinimumFreeBytes", 0, "64M",
            "With less free space than this, mail is refused with 452 4.3.1 before the disk is full: deletion and the database itself need room.",
            (settings, value) => settings.Storage.MinimumFreeBytes = value),
        Setting.Size("Storage:BufferBytes", 0, "128M",
            "Memory for messages being received, all connections together. Beyond it they go to a spool file, as ones over 256 KiB always do.",
            (settings, value) => settings.Storage.BufferBytes = value),
        Setting.Number("Storage:QueueMessages", 1, 1_000_000, 4096,
            "Messages that wait for the next commit. More: 452 4.3.1.",
            (settings, value) => settings.Storage.QueueMessages = value),
        Setting.Size("Storage:QueueBytes", 1, "128M",
            "Octets that wait for the next commit. More: 452 4.3.1.",
            (settings, value) => settings.Storage.QueueBytes = value),
        Setting.Number("Storage:BatchMessages", 1, 1_000_000, 256,
            "Messages in one commit, so that the first of a batch does not wait for too many others.",
            (settings, value) => settings.Storage.BatchMessages = value),
        Setting.Size("Storage:BatchBytes", 1, "16M",
            "Octets in one commit, for the same reason.",
            (settings, value) => settings.Storage.BatchBytes = value),
        Setting.Text("Storage:S3:Bucket", "the name of a bucket, or empty for none", "",
            "Messages over 256 KiB are kept there instead of in the data directory: with PostgreSQL the way for several servers to share them. The bucket must be there.",
            (settings, text) => ReadBucket(settings, text)),
        Setting.Text("Storage:S3:Endpoint", "a URL, or empty for Amazon's", "",
            "Where the bucket is, when not at Amazon: any object storage that speaks S3.", ReadObjectEndpoint),
        Setting.Text("Storage:S3:Region", "the name of a region", "us-east-1",
            "The region of the bucket; others than Amazon mostly take any.", (settings, text) => Plain(text, value => settings.Storage.Objects.Region = value)),
        Setting.Text("Storage:S3:Prefix", "a text, or empty", "smtpd/",
            "What the names of objects begin with, so that a bucket can be shared.", (settings, text) => Plain(text, value => settings.Storage.Objects.Prefix = value)),
        Setting.Text("Storage:S3:AccessKey", "a text", "",
            "The name of the key.", (settings, text) => Plain(text, value => settings.Storage.Objects.AccessKey = value)),
        Setting.Text("Storage:S3:SecretKey", "a text", "",
            "The key. It needs s3:GetObject, PutObject, DeleteObject and ListBucket.", (settings, text) => Plain(text, value => settings.Storage.Objects.SecretKey = value)) with { IsSecret = true },
        Setting.Switch("Telemetry:Prometheus", true,
            "`/metrics` in Prometheus' text format. `false` spares the adding up.",
            (settings, value) => settings.Telemetry.Prometheus = value),
        Setting.Text("Telemetry:OtlpEndpoint", "an http or https URL such as http://127.0.0.1:4318, or empty for none", "",
            "A collector of OpenTelemetry that metrics and traces are sent to. Nothing is sent unless this is set.", ReadOtlpEndpoint),
        Setting.Choice("Telemetry:OtlpProtocol", OtlpProtocol.HttpProtobuf,
            "How it is spoken with; `HttpProtobuf` adds `/v1/metrics` and `/v1/traces` to the URL.",
            (settings, value) => settings.Telemetry.OtlpProtocol = value),
        Setting.Text("Telemetry:OtlpHeaders", "`name=value`, separated by commas, or empty for none", "",
            "Header fields for the collector, such as a key.",
            ReadOtlpHeaders) with { IsSecret = true },
        Setting.Duration("Telemetry:OtlpInterval", TimeSpan.FromMinutes(1),
            "How often metrics are sent. A minute is the default of OpenTelemetry.",
            (settings, value) => settings.Telemetry.OtlpInterval = value),
        Setting.Duration("Shutdown:DrainTimeout", TimeSpan.FromSeconds(30),
            "After SIGTERM: how long running transactions may take to finish before they are cut.",
            (settings, value) => settings.DrainTimeout = value),
        Setting.Choice("Log:Level", LogLevel.Information,
            "The least important log lines to print, on standard error. `Debug` shows every session.",
            (settings, value) => settings.LogLevel = value),
    ];

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(each => each.Key, StringComparer.OrdinalIgnoreCase);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key) ?? DeclaredSettings.Find(key);

    /// <summary>The key that was probably meant, if one is near.</summary>
    public static string? Nearest(string key)
    {
        (string? best, var least) = (null, 4);
        foreach (var each in All)
        {
            var distance = Distance(each.Key.ToUpperInvariant(), key.ToUpperInvariant());
            if (distance < least)
                (best, least) = (each.Key, distance);
        }

        return best;
    }

    // Levenshtein's, with one row kept.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? ReadEndpoints(string text, Action<IReadOnlyList<ListenAddress>> set)
    {
        List<ListenAddress> addresses = [];
        foreach (var each in Split(text))
        {
            if (!ListenAddress.TryParseSmtp(each, out var address))
                return $"`{each}` is not an address; write {ListenAddress.SmtpSyntax}";
            addresses.Add(address);
        }

        set(addresses);
        return null;
    }

    private static string? ReadPath(string text, Action<string?> set)
    {
        set(text.Length == 0 ? null : Path.GetFullPath(text));
        return text.Contains('\0', StringComparison.Ordinal) ? "must be a path" : null;
    }

    private static string? ReadSocketMode(ServerSettings settings, string text)
    {
        settings.Smtp.SocketMode = null;
        if (text.Length == 0)
            return null;
        if (text.Length != 3 || text.Any(each => each is < '0' or > '7'))
            return "must be three octal digits such as 660, or empty";
        settings.Smtp.SocketMode = (UnixFileMode)text.Aggregate(0, (mode, digit) => (mode << 3) | (digit - '0'));
        return null;
    }

    private static string? ReadNetworks(ServerSettings settings, string text)
    {
        List<IPNetwork> networks = [];
        foreach (var each in Split(text))
        {
            if (IPAddress.TryParse(each, out var address))
                networks.Add(new(address, address.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(each, out var network))
                networks.Add(network);
            else
                return $"`{each}` is neither an IP address nor a network such as 10.0.0.0/8";
        }

        settings.Proxy.Trusted = networks;
        return null;
    }

    private static string? ReadAuthServer(ServerSettings settings, string text)
    {
        settings.Proxy.AuthServer = null;
        if (text.Length == 0)
            return null;
        // nginx does not look up names here.
        if (!ListenAddress.TryParse(text, out var address) || !IPAddress.TryParse(address.Host, out _) || address.Port == 0)
            return $"`{text}` is not an address to connect to; write host:port with an IP address";
        settings.Proxy.AuthServer = address;
        return null;
    }

    private static string? ReadSecret(string text, Action<string?> set)
    {
        set(text.Length == 0 ? null : text);
        return text.Length is 0 or >= 16 && text.All(each => each is > ' ' and < '\x7f') ? null : "must have at least 16 printable ASCII characters without blanks";
    }

    private static string? ReadHttpEndpoint(ServerSettings settings, string text)
    {
        if (!ListenAddress.TryParse(text, out var address))
            return $"`{text}` is not an address; write {ListenAddress.Syntax}";
        settings.Http.Endpoint = address;
        return null;
    }

    private static string? ReadOtlpEndpoint(ServerSettings settings, string text)
    {
        settings.Telemetry.OtlpEndpoint = null;
        if (text.Length == 0)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https") || endpoint.Query.Length > 0)
            return "must be a URL such as http://127.0.0.1:4318";
        settings.Telemetry.OtlpEndpoint = endpoint;
        return null;
    }

    private static string? ReadOtlpHeaders(ServerSettings settings, string text)
    {
        settings.Telemetry.OtlpHeaders = text.Length == 0 ? null : text;
        return text.Length == 0 || Split(text).All(each => each.IndexOf('=', StringComparison.Ordinal) > 0 && each.All(character => character is >= ' ' and < '\x7f'))
            ? null : "must be name=value, separated by commas";
    }

    private static string? ReadHostname(ServerSettings settings, string text)
    {
        settings.Smtp.Hostname = text.Length == 0 ? null : text;
        return text.Length == 0 || Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4
            ? null
            : $"`{text}` is not a host name";
    }

    private static string? ReadCatchAll(ServerSettings settings, string text)
    {
        settings.Smtp.CatchAll = null;
        if (text.Length == 0)
            return null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == 0)
            return "must be the id of a mailbox (a number from 1), or empty";
        settings.Smtp.CatchAll = id;
        return null;
    }

    private static string? ReadDomains(ServerSettings settings, string text)
    {
        List<string> domains = [];
        foreach (var each in Split(text))
        {
            if (!MailAddress.TryParse("x@" + each, out var address))
                return $"`{each}` is not a domain; write names such as example.com";
            domains.Add(address.AsciiHostname);
        }

        settings.Smtp.Domains = domains;
        return null;
    }

    private static string? ReadTimeToLive(ServerSettings settings, string text)
    {
        settings.Mailboxes.CreatedTimeToLive = null;
        if (text.Length == 0)
            return null;
        if (!Setting.TryParseDuration(text, out var value) || value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(365))
            return "must be seconds or hh:mm:ss, up to 365 days, or empty";
        settings.Mailboxes.CreatedTimeToLive = value;
        return null;
    }

    private static string? ReadAllowedHosts(ServerSettings settings, string text)
    {
        settings.Http.AllowedHosts = Split(text);
        var wrong = settings.Http.AllowedHosts.FirstOrDefault(each => Uri.CheckHostName(each) == UriHostNameType.Unknown);
        return wrong is null ? null : $"`{wrong}` is not a host name; write names without scheme, port or wildcard";
    }

    // Printable ASCII is what keys, names of objects and of regions are made of here.
    private static string? Plain(string text, Action<string> set)
    {
        set(text);
        return text.All(each => each is > ' ' and < '\x7f') ? null : "must be of printable ASCII characters without blanks";
    }

    private static string? ReadBucket(ServerSettings settings, string text)
    {
        settings.Storage.Objects.Bucket = text.Length == 0 ? null : text;
        return text.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '.' or '_') ? null : "must be the name of a bucket";
    }

    private static string? ReadObjectEndpoint(ServerSettings settings, string text)
    {
        settings.Storage.Objects.Endpoint = null;
        if (text.Length == 0)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0)
            return "must be a URL such as https://s3.example.com, without credentials";
        settings.Storage.Objects.Endpoint = endpoint;
        return null;
    }

    private static string? ReadDataDirectory(ServerSettings settings, string text)
    {
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            return "must be a path";
        settings.DataDirectory = Path.GetFullPath(text);
        return null;
    }

    private static string? ReadStore(ServerSettings settings, string text)
    {
        settings.Store = text;
        if (text is "sqlite" or "null")
            return null;
        if (!PostgresAddress.IsOne(text))
            return $"must be `sqlite`, `null` or {PostgresAddress.Syntax}";
        return PostgresAddress.TryParse(text, out _, out var wrong) ? null : wrong;
    }
}
