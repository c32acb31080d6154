namespace Smtpd.Commands;

/// <summary>A verb of no table, for the handler to answer.</summary>
internal sealed record UnknownCommand(string Verb, string Argument) : SmtpCommand;
