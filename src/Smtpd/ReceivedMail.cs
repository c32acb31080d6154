namespace Smtpd;

/// <summary>A message as <see cref="SmtpServerOptions.OnMessage"/> gets it.</summary>
/// <param name="Connection">Where it came from.</param>
/// <param name="Transaction">Its envelope.</param>
/// <param name="Body">Its content.</param>
public sealed record ReceivedMail(SmtpConnection Connection, MailTransaction Transaction, MessageBody Body);
