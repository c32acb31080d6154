using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Smtpd.Tests.Authentication;

/// <summary>AUTH by clients that others wrote, over a real port and real TLS: GNU SASL, and Python's smtplib with SCRAM from hashlib and hmac.</summary>
public sealed class IndependentClientTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("smtpd-sasl").FullName;
    private readonly X509Certificate2 certificate = NewCertificate("localhost");
    private readonly X509Certificate2 client = NewCertificate("gateway");
    private readonly SmtpServer server;
    private SmtpIdentity? seen;

    public IndependentClientTests()
    {
        SmtpServerOptions options = new()
        {
            Hostname = "localhost",
            Endpoints = { SmtpEndpoint.Parse("127.0.0.1:0") },
            Tls = new SmtpTls { Certificate = SslStreamCertificateContext.Create(certificate, null, offline: true), ClientCertificates = SmtpClientCertificates.Request, ClientAuthorities = { client } },
            Authentication =
            {
                Credentials = new DictionaryStore().Add("tim", "tanstaaf tanstaaf", mailbox: 7, keepsClear: true).Add("grüße", "paß\u00aa", mailbox: 8),
                BearerTokens = new OneToken(),
                ClientCertificates = (shown, _, _) => new(shown.Thumbprint == client.Thumbprint ? new SmtpIdentity("gateway") : null),
                CramMd5 = true,
                Anonymous = true,
                AllowInClear = true,
            },
            HandlerFactory = _ => new Witness(identity => seen = identity),
        };
        server = new SmtpServer(options, NullLoggerFactory.Instance);
    }

    private int Port => ((IPEndPoint)server.LocalEndPoints[0]).Port;

    public async ValueTask InitializeAsync()
    {
        await server.StartAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "client.pem"), client.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory, "client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        certificate.Dispose();
        client.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("PLAIN", "--no-starttls")]
    [InlineData("LOGIN", "--no-starttls")]
    [InlineData("CRAM-MD5", "--no-starttls")]
    [InlineData("SCRAM-SHA-256", "--no-starttls")]
    [InlineData("PLAIN", "--no-cb")]
    [InlineData("LOGIN", "--no-cb")]
    [InlineData("CRAM-MD5", "--no-cb")]
    [InlineData("SCRAM-SHA-256", "--no-cb")]
    [InlineData("ANONYMOUS", "--anonymous-token=tim@example.com")]
    [InlineData("EXTERNAL", "--x509-cert-file=client.pem --x509-key-file=client.key")]
    public async Task Gsasl_gets_in(string mechanism, string how)
    {
        await Foreign.RunAsync("gsasl", [.. Gsasl(mechanism, how), "--password=tanstaaf tanstaaf"], "");

        Assert.Equal(mechanism, seen?.Mechanism);
        Assert.Equal(mechanism switch { "EXTERNAL" => "gateway", "ANONYMOUS" => "anonymous", _ => "tim" }, seen?.User);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5")]
    [InlineData("SCRAM-SHA-256")]
    public async Task Gsasl_with_a_wrong_password_does_not(string mechanism)
    {
        var (exitCode, output) = await Foreign.TryAsync("gsasl", [.. Gsasl(mechanism, "--no-starttls"), "--password=wrong", "--verbose"], "");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("535 5.7.8", output, StringComparison.Ordinal);
        Assert.Null(seen);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5")]
    public async Task Smtplib_gets_in(string mechanism)
    {
        await PythonClientAsync($"""
            s.user, s.password = 'tim', 'tanstaaf tanstaaf'
            s.auth('{mechanism}', getattr(s, 'auth_' + '{mechanism}'.lower().replace('-', '_')))
            """);

        Assert.Equal(("tim", mechanism, 7), (seen!.User, seen.Mechanism, seen.MailboxId));
    }

    [Fact]
    public async Task Smtplib_finds_a_way_by_itself()
    {
        await PythonClientAsync("s.login('tim', 'tanstaaf tanstaaf')");

        Assert.Equal("tim", seen!.User);
    }

    // SCRAM with the server's signature checked, and texts that the client prepares: "ª" is an "a" to SASLprep.
    [Theory]
    [InlineData("SCRAM-SHA-256", "n,,", "tim", "tanstaaf tanstaaf")]
    [InlineData("SCRAM-SHA-256", "n,,", "gr\\u00fc\\u00dfe", "pa\\u00dfa")]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", "tim", "tanstaaf tanstaaf")]
    public async Task SCRAM_from_hashlib_gets_in(string mechanism, string header, string user, string password)
    {
        await PythonClientAsync(Scram(mechanism, header, user, password) + "assert scram() == (235, True)\n");

        Assert.Equal(mechanism, seen!.Mechanism);
        Assert.Equal(user == "tim" ? "tim" : "grüße", seen.User);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", "n,,", "tim", "wrong")]
    [InlineData("SCRAM-SHA-256", "n,,", "nobody", "tanstaaf tanstaaf")]
    [InlineData("SCRAM-SHA-256", "y,,", "tim", "tanstaaf tanstaaf")] // we did offer PLUS
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "tim", "tanstaaf tanstaaf")]
    public async Task SCRAM_from_hashlib_fails(string mechanism, string header, string user, string password)
    {
        await PythonClientAsync(Scram(mechanism, header, user, password) + "assert scram() == (535, False)\n");

        Assert.Null(seen);
    }

    [Theory]
    [InlineData("XOAUTH2", "user=tim@example.com\\x01auth=Bearer good\\x01\\x01")]
    [InlineData("OAUTHBEARER", "n,a=tim@example.com,\\x01host=localhost\\x01port=587\\x01auth=Bearer good\\x01\\x01")]
    public async Task Smtplib_gets_in_by_token(string mechanism, string message)
    {
        await PythonClientAsync($"""
            assert s.auth('{mechanism}', lambda challenge=None: '{message}' if challenge is None else '\x01')[0] == 235
            """);
        Assert.Equal(mechanism, seen!.Mechanism);

        seen = null;
        await PythonClientAsync($"""
            try:
                s.auth('{mechanism}', lambda challenge=None: '{message}'.replace('good', 'bad') if challenge is None else '\x01')
                assert False
            except smtplib.SMTPAuthenticationError as e:
                assert e.smtp_code == 535, e
            """);
        Assert.Null(seen);
    }

    private static string Scram(string mechanism, string header, string user, string password) => $$"""
        import base64, hashlib, hmac
        def scram():
            mac = lambda key, text: hmac.new(key, text, 'sha256').digest()
            header, user, password = b'{{header}}', '{{user}}'.encode(), '{{password}}'.encode()
            bare = b'n=' + user + b',r=fyko+d2lbbFgONRv9qkxdawL'
            code, text = s.docmd('AUTH', '{{mechanism}} ' + base64.b64encode(header + bare).decode())
            if code != 334: return code, False
            first = base64.b64decode(text)
            parts = dict(part.split(b'=', 1) for part in first.split(b','))
            salted = hashlib.pbkdf2_hmac('sha256', password, base64.b64decode(parts[b's']), int(parts[b'i']))
            # RFC 5929: the certificate of this test is signed with SHA-256.
            binding = hashlib.sha256(s.sock.getpeercert(True)).digest() if header.startswith(b'p=') else b''
            final = b'c=' + base64.b64encode(header + binding) + b',r=' + parts[b'r']
            message = bare + b',' + first + b',' + final
            key = mac(salted, b'Client Key')
            proof = bytes(a ^ b for a, b in zip(key, mac(hashlib.sha256(key).digest(), message)))
            code, text = s.docmd(base64.b64encode(final + b',p=' + base64.b64encode(proof)).decode())
            if code != 334: return code, False
            good = base64.b64decode(text) == b'v=' + base64.b64encode(mac(mac(salted, b'Server Key'), message))
            return s.docmd('')[0], good

        """;

    private Task<string> PythonClientAsync(string script) => Foreign.PythonAsync(
        $"""
        import smtplib, ssl, sys
        context = ssl._create_unverified_context()
        with smtplib.SMTP('127.0.0.1', {Port}) as s:
            s.starttls(context=context)
            s.ehlo('client.x.test')
            exec(sys.stdin.read())
        """,
        script);

    private string[] Gsasl(string mechanism, string how) =>
    [
        "--smtp", $"--connect=127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}", "--hostname=localhost", "--mechanism=" + mechanism, "--x509-ca-file=",
        "--authentication-id=tim",
        .. how.Replace("client.", Path.Combine(directory, "client."), StringComparison.Ordinal).Split(' '),
    ];

    private static X509Certificate2 NewCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class Witness(Action<SmtpIdentity> tell) : SmtpHandler
    {
        public override ValueTask<SmtpReply> OnAuthenticatedAsync(SmtpConnection connection, SmtpIdentity identity, CancellationToken cancellationToken)
        {
            tell(identity);
            return base.OnAuthenticatedAsync(connection, identity, cancellationToken);
        }
    }

    private sealed class OneToken : IBearerTokenValidator
    {
        public ValueTask<SmtpIdentity?> ValidateAsync(SmtpConnection connection, string? user, string token, CancellationToken cancellationToken) =>
            new(token == "good" ? new SmtpIdentity("tim@example.com") : null);
    }
}
