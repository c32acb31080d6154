namespace Smtpd.Server.Receiving;

/// <summary>How a message came, in the words of trace fields.</summary>
internal static class TransmissionType
{
    /// <summary>The keyword after <c>with</c>: RFC 3848, and RFC 6531 4.3 for a transaction with SMTPUTF8.</summary>
    public static string Of(SmtpConnection connection, MailTransaction transaction)
    {
        var protocol = (connection.IsLmtp, transaction.SmtpUtf8, connection.IsExtended) switch
        {
            (true, true, _) => "UTF8LMTP",
            (true, false, _) => "LMTP",
            (false, true, _) => "UTF8SMTP",
            (false, false, true) => "ESMTP",
            _ => "SMTP",
        };
        // Nothing is registered for HELO with TLS, nor can it come with AUTH.
        if (protocol is "SMTP")
            return protocol;
        return (connection.Tls is not null, connection.Identity is not null) switch
        {
            (true, true) => protocol + "SA",
            (true, false) => protocol + "S",
            (false, true) => protocol + "A",
            _ => protocol,
        };
    }

    /// <summary>Version and cipher suite, as in <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>, or <c>null</c> in clear.</summary>
    public static string? TlsOf(SmtpConnection connection)
    {
        if (connection.Tls is not SmtpTlsSession tls)
            return null;
        // As OpenSSL writes it: Tls13 is TLSv1.3.
        var version = tls.Protocol.ToString();
        return version is ['T', 'l', 's', var major, var minor] ? $"TLSv{major}.{minor} {tls.CipherSuite}" : $"{version} {tls.CipherSuite}";
    }
}
