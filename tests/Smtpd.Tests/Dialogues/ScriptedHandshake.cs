using System.Net.Security;
using System.Security.Authentication;
using Smtpd.Transport;

namespace Smtpd.Tests.Dialogues;

/// <summary>A TLS handshake without TLS: the client sends some octets that no command begins with, and the dialogue goes on as it was.</summary>
internal sealed class ScriptedHandshake() : TlsHandshake(Options)
{
    public static readonly byte[] Hello = [0x16, 0x03, 0x01, (byte)'T', (byte)'L', (byte)'S'];

    public static SmtpTls Options { get; } = new() { CertificateSelector = (_, _, _) => default };

    public override async Task<(Stream Stream, SmtpTlsSession Session)> AuthenticateAsync(Stream clear, SmtpConnection connection, CancellationToken cancellationToken)
    {
        var hello = new byte[Hello.Length];
        await clear.ReadExactlyAsync(hello, cancellationToken);
        if (!hello.AsSpan().SequenceEqual(Hello))
            throw new AuthenticationException("These octets are no handshake.");
        return (clear, new SmtpTlsSession { Protocol = SslProtocols.Tls13, CipherSuite = TlsCipherSuite.TLS_AES_256_GCM_SHA384, ServerName = string.Empty });
    }
}
