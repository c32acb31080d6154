using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Smtpd.Tests.Dialogues;

/// <summary>The server a transcript asks for by its <c>!</c> lines.</summary>
internal sealed class Setup
{
    private readonly SmtpServerOptions options = new() { Hostname = "mx.test" };
    private readonly Rules rules = new();
    private string handler = "Scripted";
    private int? mailboxId;
    private SmtpExtensions honoured;

    private Setup()
    {
    }

    /// <summary>What the run under way records into. Runs of one server follow one another.</summary>
    public Recording Recording { get; set; } = new();

    public BodyView View { get; set; }

    /// <summary>What the connection is for; null for the server's default.</summary>
    public SmtpEndpoint? Endpoint { get; private set; }

    public IPEndPoint? Peer { get; private set; }

    /// <summary>Whether the handler takes its time instead of answering at once.</summary>
    public bool Later { get; set; }

    public static (Setup Setup, SmtpServer Server) For(Transcript transcript)
    {
        var setup = new Setup();
        foreach (var option in transcript.Options)
            setup.Apply(option);
        setup.ChooseHandler();
        return (setup, new SmtpServer(setup.options));
    }

    private void Apply(string option)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var colon = option.IndexOf(": ", StringComparison.Ordinal);
        if (equals < 0 || (colon >= 0 && colon < equals))
        {
            rules.Add(option);
            return;
        }

        var (name, value) = (option[..equals], option[(equals + 1)..]);
        switch (name)
        {
            case "Hostname": options.Hostname = value; break;
            case "Leniency": options.Leniency = Enum.Parse<SmtpLeniency>(value); break;
            case "Extensions": options.Extensions = Enum.Parse<SmtpExtensions>(value); break;
            case "BareLineBreaks": options.BareLineBreaks = Enum.Parse<BareLineBreaks>(value); break;
            case "Handler": handler = value; break;
            case "Lmtp": Endpoint = Copy(isLmtp: true); break;
            case "Tls":
                options.Tls = ScriptedHandshake.Options;
                options.Handshake = new ScriptedHandshake();
                Endpoint = Copy(Enum.Parse<SmtpTlsMode>(value));
                break;
            case "Mechanisms":
                foreach (var mechanism in value.Split(' '))
                    options.Authentication.Mechanisms.Add(new ScriptedMechanism(mechanism));
                break;
            case "AllowInClear": options.Authentication.AllowInClear = true; break;
            case "RequireAuthentication": options.Authentication.Required = true; break;
            case "Honours": honoured = Enum.Parse<SmtpExtensions>(value); break;
            case "Peer": Peer = IPEndPoint.Parse(value); break;
            case "Trusted": options.Proxies.Trusted.Add(IPNetwork.Parse(value)); break;
            case "XClient": options.Proxies.XClient = bool.Parse(value); break;
            case "XForward": options.Proxies.XForward = bool.Parse(value); break;
            case "ProxyHeader": Endpoint = Copy(expectsProxyHeader: true); break;
            case "Now": options.TimeProvider = new FakeTimeProvider(DateTimeOffset.Parse(value, CultureInfo.InvariantCulture)); break;
            case "MailboxId": mailboxId = int.Parse(value, CultureInfo.InvariantCulture); break;
            default:
                if (!name.StartsWith("Limits.", StringComparison.Ordinal))
                    throw new FormatException($"\"{name}\" is no setting of transcripts; see Transcripts/README.md.");
                SetLimit(name["Limits.".Length..], value);
                break;
        }
    }

    private SmtpEndpoint Copy(SmtpTlsMode? tls = null, bool isLmtp = false, bool expectsProxyHeader = false) => new(new IPEndPoint(IPAddress.Loopback, 0))
    {
        Tls = tls ?? Endpoint?.Tls,
        IsLmtp = isLmtp || Endpoint is { IsLmtp: true },
        ExpectsProxyHeader = expectsProxyHeader || Endpoint is { ExpectsProxyHeader: true },
    };

    private void SetLimit(string name, string value)
    {
        var property = typeof(SmtpLimits).GetProperty(name) ?? throw new FormatException($"SmtpLimits has no {name}.");
        var limits = options.Limits with { };
        var number = property.PropertyType == typeof(TimeSpan)
            ? TimeSpan.FromSeconds(int.Parse(value, CultureInfo.InvariantCulture))
            : Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture);
        property.SetValue(limits, number);
        options.Limits = limits;
    }

    private void ChooseHandler()
    {
        switch (handler)
        {
            case "Scripted":
                options.HandlerFactory = _ => new ScriptedHandler(rules, Recording, View, Later, mailboxId, honoured);
                break;
            case "Default":
                options.HandlerFactory = _ => new SmtpHandler();
                break;
            case "OnMessage":
                options.OnMessage = TakeMessageAsync;
                break;
            case "Envelope":
                options.OnNewConnection = TakeConnectionAsync;
                options.OnNewMail = async (_, _, _) =>
                {
                    if (Later)
                        await Task.Yield();
                    rules.Apply("newmail");
                    return new RecordedEnvelope(rules, Recording);
                };
                break;
            case "None":
                break;
            default:
                throw new FormatException($"\"{handler}\" is no handler of transcripts; see Transcripts/README.md.");
        }
    }

    private async ValueTask<SmtpReply> TakeConnectionAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        if (Later)
            await Task.Yield();
        connection.MailboxId = mailboxId;
        return rules.Apply("newconnection");
    }

    private async ValueTask<DataResult> TakeMessageAsync(ReceivedMail mail, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        await mail.Body.CopyToAsync(content, cancellationToken);
        Recording.Messages.Add(new RecordedMessage(Recording.Print(mail.Connection, mail.Transaction)) { Content = content.ToArray() });
        return SmtpReply.Continue;
    }
}
