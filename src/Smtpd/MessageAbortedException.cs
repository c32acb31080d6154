namespace Smtpd;

/// <summary>Why the content of a message ended before its end.</summary>
public enum MessageAbortReason
{
    /// <summary>The connection was lost, timed out or was aborted: the client got no answer and may send the message again.</summary>
    ConnectionLost,

    /// <summary>The client gave the message up between two BDAT chunks, by RSET or a new hello.</summary>
    Reset,

    /// <summary>The message is over <see cref="SmtpLimits.MessageOctets"/>.</summary>
    TooLarge,

    /// <summary>A line is over <see cref="SmtpLimits.ContentLineOctets"/>.</summary>
    LineTooLong,

    /// <summary>There is a bare CR or LF, and <see cref="BareLineBreaks.Reject"/> was chosen.</summary>
    BareLineBreak,
}

/// <summary>Thrown to the reader of a <see cref="MessageBody"/> whose content will never be whole. Throw away what was read.</summary>
/// <remarks>There is no need to catch it in a handler: the server knows the reply.</remarks>
public sealed class MessageAbortedException : IOException
{
    internal MessageAbortedException(MessageAbortReason reason)
        : base(Describe(reason)) => Reason = reason;

    /// <summary>What happened.</summary>
    public MessageAbortReason Reason { get; }

    private static string Describe(MessageAbortReason reason) => reason switch
    {
        MessageAbortReason.Reset => "The client gave the message up.",
        MessageAbortReason.TooLarge => "The message is larger than the server accepts.",
        MessageAbortReason.LineTooLong => "The message holds a line longer than the server accepts.",
        MessageAbortReason.BareLineBreak => "The message holds a bare CR or LF, which the server refuses.",
        _ => "The connection ended before the message did.",
    };
}
