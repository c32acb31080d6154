namespace Smtpd.Server.Tls;

/// <summary>A certificate, a key or a list of authorities cannot be used; the message says which and what to do.</summary>
internal sealed class CertificateRefusedException(string message, Exception inner) : Exception(message, inner);
