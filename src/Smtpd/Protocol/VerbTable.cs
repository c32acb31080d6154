using System.Text;
using Smtpd.Commands;

namespace Smtpd.Protocol;

/// <summary>A verb, when it may come, and how what stands behind it is read.</summary>
/// <param name="Name">Upper-case.</param>
/// <param name="When">The phases in which the verb may come.</param>
/// <param name="Parse">Reads the arguments.</param>
/// <param name="Extension">The extension without which the verb is unknown.</param>
internal sealed record Verb(string Name, Phase When, CommandParser Parse, SmtpExtensions Extension = SmtpExtensions.None)
{
    public byte[] Octets { get; } = Encoding.ASCII.GetBytes(Name);

    /// <summary>Where the verb belongs to one of the two protocols: true for LMTP, false for SMTP.</summary>
    public bool? IsLmtp { get; init; }

    /// <summary>Whether it is served in clear where TLS is required (RFC 3207 §4).</summary>
    public bool ServedBeforeTls { get; init; }

    /// <summary>Whether a client must wait for its reply before it sends on (RFC 2920 §3.1). QUIT is one too, and nothing behind it is looked at.</summary>
    public bool EndsGroup { get; init; }

    public bool IsOfferedBy(ServiceOffer offer) => (IsLmtp ?? offer.IsLmtp) == offer.IsLmtp && offer.Includes(Extension);
}

/// <summary>Every verb this server knows, the frequent ones first.</summary>
internal static class VerbTable
{
    public static readonly Verb[] Verbs =
    [
        new("MAIL", Phase.Ready, MailCommand.Parse),
        new("RCPT", Phase.HasSender | Phase.HasRecipients, RcptCommand.Parse),
        new("DATA", Phase.HasRecipients, NoArguments.Parse<DataCommand>) { EndsGroup = true },
        new("BDAT", Phase.HasRecipients | Phase.HasChunks, BdatCommand.Parse, SmtpExtensions.Chunking),
        new("EHLO", Phase.Any, HelloCommand.ParseEhlo) { IsLmtp = false, ServedBeforeTls = true, EndsGroup = true },
        new("QUIT", Phase.Any | Phase.Refused, NoArguments.Parse<QuitCommand>) { ServedBeforeTls = true },
        new("RSET", Phase.Any, NoArguments.Parse<RsetCommand>),
        new("NOOP", Phase.Any, NoopCommand.Parse) { ServedBeforeTls = true, EndsGroup = true },
        // Before the hello too: GNU SASL's client begins with it, Postfix takes it, and all that was said before is forgotten anyway.
        new("STARTTLS", Phase.Start | Phase.Ready, NoArguments.Parse<StartTlsCommand>, SmtpExtensions.StartTls) { ServedBeforeTls = true },
        new("AUTH", Phase.Ready, AuthCommand.Parse, SmtpExtensions.Authentication) { EndsGroup = true },
        new("HELO", Phase.Any, HelloCommand.ParseHelo) { IsLmtp = false, ServedBeforeTls = true, EndsGroup = true },
        new("LHLO", Phase.Any, HelloCommand.ParseEhlo) { IsLmtp = true, ServedBeforeTls = true, EndsGroup = true },
        new("VRFY", Phase.Any, VrfyCommand.Parse) { EndsGroup = true },
        new("EXPN", Phase.Any, ExpnCommand.Parse) { EndsGroup = true },
        new("HELP", Phase.Any, HelpCommand.Parse),
        new("XCLIENT", Phase.Start | Phase.Ready, XClientCommand.Parse, SmtpExtensions.XClient) { ServedBeforeTls = true },
        new("XFORWARD", Phase.Ready, XForwardCommand.Parse, SmtpExtensions.XForward),
    ];

    // Verbs of RFC 9110 §9. Whoever sends one is a browser or a scanner, and what follows is not SMTP.
    private static readonly string[] HttpVerbs = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE"];

    public static Verb? Find(ReadOnlySpan<byte> name)
    {
        foreach (var verb in Verbs)
        {
            if (Ascii.EqualsIgnoreCase(name, verb.Octets))
                return verb;
        }

        return null;
    }

    public static bool IsHttp(ReadOnlySpan<byte> name)
    {
        foreach (var verb in HttpVerbs)
        {
            if (Ascii.EqualsIgnoreCase(name, verb))
                return true;
        }

        return false;
    }
}
