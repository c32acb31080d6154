namespace Smtpd.Server.Exchange;

/// <summary>One message of an mbox file.</summary>
/// <param name="Sender">As the From_ line says; empty for <c>MAILER-DAEMON</c> and <c>-</c>, which stand for none.</param>
/// <param name="Date">As the From_ line says, UTC when it names no zone; null when it says none that can be read.</param>
/// <param name="Content">The octets, read forward only and once; what is left unread is skipped by <see cref="MboxReader.NextAsync"/>.</param>
internal sealed record MboxMessage(string Sender, DateTimeOffset? Date, Stream Content);
