namespace Smtpd.Protocol;

/// <summary>What the machine wants done next.</summary>
internal enum SmtpStep
{
    /// <summary>All input is taken: flush the output, then read more.</summary>
    NeedInput,

    /// <summary><see cref="SmtpSession.Command"/> needs the handler's word; give it to <see cref="SmtpSession.Answer"/>.</summary>
    Decide,

    /// <summary><see cref="SmtpSession.Content"/> is the next piece of the message; good until the next call.</summary>
    Content,

    /// <summary>The message will not be taken (see <see cref="SmtpSession.Fault"/>); no more <see cref="Content"/> comes.</summary>
    ContentRefused,

    /// <summary>The message is whole, or refused and read to its end: give the reply to <see cref="SmtpSession.Answer"/>.</summary>
    ContentEnd,

    /// <summary>Flush the output, shake hands, then call <see cref="SmtpSession.TlsEstablished"/>. What has arrived in clear is forgotten.</summary>
    StartTls,

    /// <summary>Flush the output and close the connection.</summary>
    Close,
}
