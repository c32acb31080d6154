namespace Smtpd.Commands;

/// <summary>QUIT (RFC 5321 §4.1.1.10).</summary>
internal sealed record QuitCommand : SmtpCommand;
