using System.Globalization;

namespace Smtpd.Replies;

/// <summary>What the protocol machine answers by itself. The one place for these texts.</summary>
internal static class ProtocolReplies
{
    // RFC 5321 §4.2.2 and §4.2.3 for the codes, RFC 3463 and RFC 5248 for the status.
    public static readonly SmtpReply MailOk = new(250, new(2, 1, 0), "Sender OK");
    public static readonly SmtpReply RecipientOk = new(250, new(2, 1, 5), "Recipient OK");
    public static readonly SmtpReply StartMailInput = new(354, "Start mail input; end with <CRLF>.<CRLF>");
    public static readonly SmtpReply MessageAccepted = new(250, new(2, 0, 0), "Message accepted");
    public static readonly SmtpReply CannotVerify = new(252, new(2, 5, 2), "Cannot VRFY user, but will accept message and attempt delivery");

    public static readonly SmtpReply CommandUnknown = new(500, new(5, 5, 2), "Command not recognized");
    public static readonly SmtpReply BareLineBreakInCommand = new(500, new(5, 5, 2), "Syntax error: a command ends with CRLF and holds no other CR, LF or NUL");
    public static readonly SmtpReply CommandLineTooLong = new(500, new(5, 5, 2), "Command line too long");
    public static readonly SmtpReply NoArgumentsAllowed = new(501, new(5, 5, 4), "Syntax error: no arguments allowed");
    public static readonly SmtpReply HelloNeedsDomain = new(501, "Syntax: HELO or EHLO, a blank and one domain or address literal");
    public static readonly SmtpReply MailSyntax = new(501, new(5, 5, 4), "Syntax: MAIL FROM:<address> [parameters]");
    public static readonly SmtpReply RcptSyntax = new(501, new(5, 5, 4), "Syntax: RCPT TO:<address> [parameters]");
    public static readonly SmtpReply VrfySyntax = new(501, new(5, 5, 4), "Syntax: VRFY and a user or mailbox");
    public static readonly SmtpReply BdatSyntax = new SmtpReply(501, new(5, 5, 4), "Syntax: BDAT and the number of octets [LAST]; what follows cannot be told apart from commands").AndClose();
    public static readonly SmtpReply ParameterSyntax = new(501, new(5, 5, 4), "Syntax error in a parameter");
    public static readonly SmtpReply BadSenderAddress = new(501, new(5, 1, 7), "Bad sender address syntax");
    public static readonly SmtpReply BadRecipientAddress = new(501, new(5, 1, 3), "Bad recipient address syntax");
    public static readonly SmtpReply NotImplemented = new(502, new(5, 5, 1), "Command not implemented");
    public static readonly SmtpReply OnlyQuit = new(503, new(5, 5, 1), "Bad sequence of commands: the connection was refused, only QUIT is left");
    public static readonly SmtpReply HelloFirst = new(503, new(5, 5, 1), "Bad sequence of commands: send EHLO or HELO first");
    public static readonly SmtpReply NestedMail = new(503, new(5, 5, 1), "Bad sequence of commands: sender already specified");
    public static readonly SmtpReply NeedMail = new(503, new(5, 5, 1), "Bad sequence of commands: need MAIL first");
    public static readonly SmtpReply NeedRecipient = new(503, new(5, 5, 1), "Bad sequence of commands: need RCPT first");
    public static readonly SmtpReply ChunkingBegun = new(503, new(5, 5, 1), "Bad sequence of commands: only BDAT may follow BDAT before the last chunk");
    public static readonly SmtpReply BinaryNeedsBdat = new(503, new(5, 5, 1), "Bad sequence of commands: BODY=BINARYMIME needs BDAT");
    public static readonly SmtpReply NotInTransaction = new(503, new(5, 5, 1), "Bad sequence of commands: not within a mail transaction");
    public static readonly SmtpReply NoValidRecipients = new(554, new(5, 5, 1), "Error: no valid recipients");
    public static readonly SmtpReply ParameterUnknown = new(555, new(5, 5, 4), "Parameter not recognized or not implemented");
    public static readonly SmtpReply TooManyRecipients = new(452, new(4, 5, 3), "Too many recipients, send the rest in another transaction");
    public static readonly SmtpReply MessageTooLarge = new(552, new(5, 3, 4), "Message size exceeds fixed maximum message size");
    public static readonly SmtpReply BareLineBreakInContent = new(550, new(5, 6, 0), "Message content holds CR or LF outside CRLF");
    public static readonly SmtpReply ContentLineTooLong = new(554, new(5, 6, 0), "Message content holds a line over the limit");
    public static readonly SmtpReply Utf8Needed = new(553, new(5, 6, 7), "A non-ASCII address needs SMTPUTF8 on MAIL");

    // RFC 3207 §4 and RFC 8689 for TLS, RFC 4954 §4 and §6 for AUTH.
    public static readonly SmtpReply ReadyForTls = new(220, new(2, 0, 0), "Ready to start TLS");
    public static readonly SmtpReply TlsFirst = new(530, new(5, 7, 0), "Must issue a STARTTLS command first");
    public static readonly SmtpReply TlsAlready = new(503, new(5, 5, 1), "Bad sequence of commands: TLS is active already");
    public static readonly SmtpReply AuthSyntax = new(501, new(5, 5, 4), "Syntax: AUTH mechanism [initial-response]");
    public static readonly SmtpReply AuthAlready = new(503, new(5, 5, 1), "Bad sequence of commands: already authenticated");
    public static readonly SmtpReply AuthNeedsTls = new(538, new(5, 7, 11), "Encryption required for requested authentication mechanism");
    public static readonly SmtpReply AuthMechanismUnknown = new(504, new(5, 5, 4), "Authentication mechanism not offered");
    public static readonly SmtpReply AuthCancelled = new(501, new(5, 7, 0), "Authentication cancelled");
    public static readonly SmtpReply AuthLineTooLong = new(500, new(5, 5, 6), "Authentication exchange line too long");
    public static readonly SmtpReply AuthMalformed = new(501, new(5, 5, 2), "Syntax error in the authentication exchange");
    public static readonly SmtpReply AuthSucceeded = new(235, new(2, 7, 0), "Authentication succeeded");
    public static readonly SmtpReply AuthUnavailable = new(454, new(4, 7, 0), "Temporary authentication failure");
    public static readonly SmtpReply BadBase64 = new(501, new(5, 5, 2), "Cannot decode base64");

    public static readonly SmtpReply XClientSyntax = new(501, new(5, 5, 4), "Syntax: XCLIENT attribute=value...");
    public static readonly SmtpReply XForwardSyntax = new(501, new(5, 5, 4), "Syntax: XFORWARD attribute=value...");
    public static readonly SmtpReply HeldTooLong = new(501, new(5, 5, 4), "Hold time exceeds the advertised maximum");
    public static readonly SmtpReply EachRecipient = new(353, "Replies for each recipient follow");

    // Exim answers both with 554; the connection is of no use any more.
    public static readonly SmtpReply ImproperPipelining = new SmtpReply(554, new(5, 5, 0), "SMTP synchronization error: wait for the reply before sending on").AndClose();
    public static readonly SmtpReply TalksBeforeGreeting = new SmtpReply(554, new(5, 5, 0), "SMTP synchronization error: wait for the greeting before sending").AndClose();

    // The texts of the seed's BasicEnvelope, which its clients may look for.
    public static readonly SmtpReply EnvelopeWithoutRecipients = new(554, new(5, 5, 1), "Error: no valid recipients");
    public static readonly SmtpReply EnvelopeWithoutMailbox = new(554, new(5, 5, 1), "Error: no inbox for this email");

    private static readonly EnhancedStatus Success = new(2, 0, 0);
    private static readonly EnhancedStatus PolicyClose = new(4, 7, 0);

    public static SmtpReply Greeting(string serverName, string welcome) => new(220, $"{serverName} {welcome}");

    public static SmtpReply Hello(string serverName) => new(250, serverName);

    public static SmtpReply Help(string verbs) => new(214, Success, $"Commands: {verbs}", "See RFC 5321");

    public static SmtpReply Goodbye(string serverName) => new(221, Success, $"{serverName} Service closing transmission channel");

    public static SmtpReply ChunkReceived(long octets) =>
        new(250, Success, string.Create(CultureInfo.InvariantCulture, $"{octets} octets received"));

    public static SmtpReply TooManyErrors(string serverName) => new(421, PolicyClose, $"{serverName} Too many errors, closing");

    public static SmtpReply TooManyAttempts(string serverName) => new(421, PolicyClose, $"{serverName} Too many failed authentication attempts, closing");

    public static SmtpReply TooManyMessagesHere(string serverName) => new(421, PolicyClose, $"{serverName} Too many messages on one connection, connect again");

    public static SmtpReply NotHttp(string serverName) => new(421, PolicyClose, $"{serverName} This is an SMTP server, not a web server");

    public static SmtpReply TooManyConnections(string serverName) => new(421, PolicyClose, $"{serverName} Too many connections, try again later");

    public static SmtpReply OutOfMemory(string serverName) => new(421, new(4, 3, 1), $"{serverName} Too much mail on its way, try again later");

    public static SmtpReply CannotServe(string serverName) => new(421, new(4, 3, 0), $"{serverName} Local error, try again later");

    public static SmtpReply TimedOut(string serverName) => new(421, new(4, 4, 2), $"{serverName} Timeout exceeded, closing");

    public static SmtpReply ShuttingDown(string serverName) => new(421, new(4, 3, 2), $"{serverName} Service shutting down, try again later");
}
