namespace Smtpd.Commands;

/// <summary>STARTTLS (RFC 3207 §4), which takes no parameters.</summary>
internal sealed record StartTlsCommand : SmtpCommand;
