namespace Smtpd.Commands;

/// <summary>RSET (RFC 5321 §4.1.1.5).</summary>
internal sealed record RsetCommand : SmtpCommand;
