using System.Buffers;
using System.Globalization;

namespace Smtpd.Tests.Dialogues;

/// <summary>The server a transcript asks for by its <c>!</c> lines.</summary>
internal sealed class Setup
{
    private readonly SmtpServerOptions options = new() { Hostname = "mx.test" };
    private readonly Rules rules = new();
    private string handler = "Scripted";
    private int? mailboxId;

    private Setup()
    {
    }

    /// <summary>What the run under way records into. Runs of one server follow one another.</summary>
    public Recording Recording { get; set; } = new();

    public BodyView View { get; set; }

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
            case "MailboxId": mailboxId = int.Parse(value, CultureInfo.InvariantCulture); break;
            default:
                if (!name.StartsWith("Limits.", StringComparison.Ordinal))
                    throw new FormatException($"\"{name}\" is no setting of transcripts; see Transcripts/README.md.");
                SetLimit(name["Limits.".Length..], value);
                break;
        }
    }

    private void SetLimit(string name, string value)
    {
        var property = typeof(SmtpLimits).GetProperty(name) ?? throw new FormatException($"SmtpLimits has no {name}.");
        var limits = options.Limits with { };
        property.SetValue(limits, Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));
        options.Limits = limits;
    }

    private void ChooseHandler()
    {
        switch (handler)
        {
            case "Scripted":
                options.HandlerFactory = _ => new ScriptedHandler(rules, Recording, View, Later, mailboxId);
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
        Recording.Messages.Add(new RecordedMessage(Recording.Print(mail.Transaction)) { Content = content.ToArray() });
        return SmtpReply.Continue;
    }
}
