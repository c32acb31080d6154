namespace Smtpd.Commands;

/// <summary>DATA (RFC 5321 §4.1.1.4).</summary>
internal sealed record DataCommand : SmtpCommand;
