namespace Smtpd;

/// <summary>Thrown by a handler or an <see cref="IEnvelope"/> to answer the current command with a reply of its own; the seed's <c>SMTPError</c>.</summary>
/// <remarks>Returning an <see cref="SmtpReply"/> does the same at less cost. Any other exception is answered with 451 4.3.0 and logged.</remarks>
public sealed class SmtpReplyException : Exception
{
    /// <summary>Makes an exception that carries <paramref name="reply"/>.</summary>
    /// <exception cref="ArgumentException">The reply is positive: a handler that goes on has no reason to throw.</exception>
    public SmtpReplyException(SmtpReply reply)
        : base(reply.ToString())
    {
        if (reply.IsPositive)
            throw new ArgumentException("Only a 4xx or 5xx reply can be thrown; return a positive reply instead.", nameof(reply));
        Reply = reply;
    }

    /// <summary>Makes an exception out of a reply line, as in <c>"554 5.5.1 Error: no inbox for this email"</c>.</summary>
    /// <exception cref="FormatException">The line does not begin with a reply code.</exception>
    public SmtpReplyException(string reply)
        : this(SmtpReply.Parse(reply))
    {
    }

    /// <summary>The reply to give to the peer.</summary>
    public SmtpReply Reply { get; }
}
