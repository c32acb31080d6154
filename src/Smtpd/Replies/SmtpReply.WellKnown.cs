namespace Smtpd;

public readonly partial struct SmtpReply
{
    /// <summary>No reply of the handler's own: the server goes on and gives the standard positive reply of the stage.</summary>
    public static SmtpReply Continue => default;

    /// <summary>250 2.0.0 OK.</summary>
    public static SmtpReply Ok { get; } = new(250, new(2, 0, 0), "OK");

    /// <summary>451 4.3.0: a failure of ours; the client should try again. What a handler's exception is answered with.</summary>
    public static SmtpReply LocalError { get; } = new(451, new(4, 3, 0), "Local error in processing, try again later");

    /// <summary>451 4.3.5: the server has nobody to take mail.</summary>
    public static SmtpReply NotConfigured { get; } = new(451, new(4, 3, 5), "Server.OnNewMail not configured");

    /// <summary>452 4.3.1: no room to keep the message now.</summary>
    public static SmtpReply InsufficientStorage { get; } = new(452, new(4, 3, 1), "Insufficient system storage, try again later");

    /// <summary>550 5.7.1: this server takes no mail for that recipient; what a handler that does not say otherwise answers to RCPT.</summary>
    public static SmtpReply RelayDenied { get; } = new(550, new(5, 7, 1), "Relaying denied");

    /// <summary>554 5.7.1: the connection is not wanted.</summary>
    public static SmtpReply ConnectionRefused { get; } = new SmtpReply(554, new(5, 7, 1), "Connection refused").AndClose();

    /// <summary>530 5.7.0: no mail without an identity (RFC 4954 §6).</summary>
    public static SmtpReply AuthenticationRequired { get; } = new(530, new(5, 7, 0), "Authentication required");

    /// <summary>535 5.7.8: the credentials are not valid (RFC 4954 §6).</summary>
    public static SmtpReply AuthenticationFailed { get; } = new(535, new(5, 7, 8), "Authentication credentials invalid");

    /// <summary>550 5.7.0 with the text that clients of the seed know.</summary>
    public static SmtpReply TooManyMessages { get; } = new(550, new(5, 7, 0), "Requested action not taken: too many emails per second");

    /// <summary>250 2.0.0: the message is kept and this server answers for it.</summary>
    /// <param name="text">For example <c>queued as 42</c>.</param>
    public static SmtpReply Accepted(string text) => new(250, new(2, 0, 0), text);

    /// <summary>550 5.1.1: there is no such mailbox.</summary>
    /// <param name="text">What the sender will read in the bounce.</param>
    public static SmtpReply MailboxUnavailable(string text = "No such mailbox here") => new(550, new(5, 1, 1), text);

    /// <summary>421 4.3.2: the service is not available; the connection closes.</summary>
    /// <param name="text">Why, for the operator of the peer.</param>
    public static SmtpReply ServiceUnavailable(string text = "Service not available, try again later") => new(421, new(4, 3, 2), text);
}
