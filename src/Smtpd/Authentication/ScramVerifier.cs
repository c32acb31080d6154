namespace Smtpd;

/// <summary>What a server keeps instead of a password: salt, iteration count, stored key and server key of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677).</summary>
public sealed record ScramVerifier;
