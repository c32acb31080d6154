namespace Smtpd;

/// <summary>What to do with a CR or LF outside CRLF in content. It never ends the content, whatever is chosen (RFC 5321 §4.1.1.4, §2.3.8).</summary>
public enum BareLineBreaks
{
    /// <summary>Keep it: the handler gets what was sent, octet for octet. The default.</summary>
    Preserve,

    /// <summary>Make CRLF of it. Changes the content, and so breaks signatures over it.</summary>
    Normalize,

    /// <summary>Read the message to its true end, then refuse it with 550 5.6.0.</summary>
    Reject,
}
