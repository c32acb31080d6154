namespace Smtpd.Server.Mime;

/// <summary>Something that a reader should know of a message: a short code for programs, and words. Each code once a message, with the first place.</summary>
internal sealed record MimeWarning(string Code, string Words);
