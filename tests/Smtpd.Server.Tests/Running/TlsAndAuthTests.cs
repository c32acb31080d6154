using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Smtpd.Server.Tests.Tls;

namespace Smtpd.Server.Tests.Running;

/// <summary>TLS and AUTH with clients that others wrote: swaks, OpenSSL, GNU SASL, Python.</summary>
public sealed partial class TlsAndAuthTests(TlsFixture fixture) : IClassFixture<TlsFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5")]
    public async Task Swaks_authenticates_after_STARTTLS(string mechanism)
    {
        var found = await SwaksAsync("submission", "--tls", "--auth", mechanism, "--auth-user", "ANNA@y.test", "--auth-password", TlsFixture.Password);
        Assert.Equal("anna@y.test", found.GetProperty("envelope").GetProperty("user").GetString());
        Assert.StartsWith("TLSv1.", found.GetProperty("envelope").GetProperty("tls").GetString(), StringComparison.Ordinal);
        Assert.Contains(" with ESMTPSA id ", await TraceAsync(found), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("CRAM-MD5")]
    public async Task A_wrong_password_is_refused(string mechanism)
    {
        (var exitCode, var output) = await ExternalProgram.TryAsync("swaks", null, [.. To("submission"), "--tls", "--auth", mechanism, "--auth-user", "anna@y.test", "--auth-password", "wrong"]);
        Assert.Equal(28, exitCode); // swaks: no authentication could be done
        Assert.Contains("<~* 535 5.7.8 ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(TlsFixture.Password, fixture.Program.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("submission", "530 5.7.0")] // TLS first
    [InlineData("submission", "530 5.7.0", "--tls")] // then AUTH
    public async Task A_submission_port_takes_nothing_before_both(string word, string expected, params string[] arguments)
    {
        (var exitCode, var output) = await ExternalProgram.TryAsync("swaks", null, [.. To(word), .. arguments]);
        Assert.NotEqual(0, exitCode);
        Assert.Matches(@"<[~*]\* " + Regex.Escape(expected), output);
    }

    [Fact]
    public async Task Nobody_is_offered_AUTH_in_clear()
    {
        (_, var output) = await ExternalProgram.TryAsync("swaks", null, [.. To("smtp"), "--quit-after", "HELO"]);
        Assert.Contains("250-STARTTLS", output, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH", output.Replace("AUTH=", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smtps", "--tls-on-connect")]
    [InlineData("smtp", "--tls")]
    [InlineData("smtp")]
    public async Task Swaks_without_AUTH(string word, params string[] arguments)
    {
        var found = await SwaksAsync(word, [.. arguments, "--to", "other@y.test"]);
        Assert.Equal(1, found.GetProperty("mailboxId").GetInt32());
        Assert.Equal(JsonValueKind.Null, found.GetProperty("envelope").GetProperty("user").ValueKind);
        Assert.Contains(arguments.Length > 0 ? " with ESMTPS id " : " with ESMTP id ", await TraceAsync(found), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_is_a_password()
    {
        await using var program = await fixture.StartAsync("mutual", "--smtps", "127.0.0.1:0",
            "--set", "Smtp:Tls:ClientCertificates=Request", "--set", "Smtp:Tls:ClientAuthorities=" + fixture.Authority);
        string[] certificate = ["--tls-cert", fixture.Client + ".pem", "--tls-key", fixture.Client + ".key"];
        (_, var hello) = await ExternalProgram.TryAsync("swaks", null, [.. To("smtps", program), "--tls-on-connect", .. certificate, "--quit-after", "HELO"]);
        Assert.Matches("250.AUTH EXTERNAL", hello);
        await ExternalProgram.RunAsync("python3", $"""
            import smtplib, ssl
            context = ssl.create_default_context(cafile='{fixture.CertificatePath}')
            context.load_cert_chain('{fixture.Client}.pem', '{fixture.Client}.key')
            with smtplib.SMTP_SSL('localhost', {program.EndPoint("smtps").Port}, context=context) as s:
                s.ehlo()
                code, text = s.docmd('AUTH', 'EXTERNAL =')
                assert code == 235, (code, text)
                s.sendmail('a@x.test', ['nobody@y.test'], b'Subject: by certificate\r\n\r\n')
            """, "-");
        var found = (await program.GetAsync("/api/mailboxes/2/messages")).GetProperty("messages")[0];
        Assert.Equal("anna@y.test", found.GetProperty("envelope").GetProperty("user").GetString());

        (_, hello) = await ExternalProgram.TryAsync("swaks", null, [.. To("smtps", program), "--tls-on-connect", "--quit-after", "HELO"]);
        Assert.DoesNotContain("EXTERNAL", hello, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", "--no-cb")]
    [InlineData("PLAIN", "--authorization-id=")]
    public async Task Gsasl_authenticates(string mechanism, string option)
    {
        (var exitCode, var output) = await ExternalProgram.TryAsync("gsasl", null, "--client", "--smtp", "--connect", $"localhost:{Port("submission")}",
            "--starttls", "--x509-ca-file=" + fixture.CertificatePath, "--mechanism", mechanism, "--authentication-id", "anna@y.test", "--password", TlsFixture.Password,
            "--no-client-first", option);
        Assert.True(exitCode == 0, output);
        Assert.Contains("235 2.7.0", output, StringComparison.Ordinal);
        if (mechanism.StartsWith("SCRAM", StringComparison.Ordinal))
            Assert.Contains("server trusted", output, StringComparison.Ordinal);
    }

    // gsasl binds by tls-exporter or tls-unique, which .NET does not tell. So RFC 5802 and RFC 5929 4.1 once more, in other words.
    [Theory]
    [InlineData("p=tls-server-end-point", true)]
    [InlineData("p=tls-unique", false)]
    [InlineData("y", false)] // somebody has taken the PLUS out of the list on its way
    public async Task SCRAM_is_bound_to_the_channel(string flag, bool expected)
    {
        var output = await ExternalProgram.RunAsync("python3", $"""
            import base64, hashlib, hmac, os, smtplib, ssl
            context = ssl.create_default_context(cafile='{fixture.CertificatePath}')
            with smtplib.SMTP_SSL('localhost', {Port("smtps")}, context=context) as s:
                s.ehlo()
                header = '{flag},,'.encode()
                binding = hashlib.sha256(s.sock.getpeercert(True)).digest() if header[:1] == b'p' else b''
                bare = b'n=anna@y.test,r=' + base64.b64encode(os.urandom(18))
                mechanism = 'SCRAM-SHA-256-PLUS' if binding else 'SCRAM-SHA-256'
                code, text = s.docmd('AUTH', mechanism + ' ' + base64.b64encode(header + bare).decode())
                if code != 334:
                    print('refused', code)
                    raise SystemExit
                first = base64.b64decode(text)
                told = dict(each.split(b'=', 1) for each in first.split(b','))
                salted = hashlib.pbkdf2_hmac('sha256', b'{TlsFixture.Password}', base64.b64decode(told[b's']), int(told[b'i']))
                key = hmac.digest(salted, b'Client Key', 'sha256')
                final = b'c=' + base64.b64encode(header + binding) + b',r=' + told[b'r']
                message = bare + b',' + first + b',' + final
                signature = hmac.digest(hashlib.sha256(key).digest(), message, 'sha256')
                proof = bytes(a ^ b for a, b in zip(key, signature))
                code, text = s.docmd(base64.b64encode(final + b',p=' + base64.b64encode(proof)).decode())
                if code == 334:
                    server = hmac.digest(hmac.digest(salted, b'Server Key', 'sha256'), message, 'sha256')
                    assert base64.b64decode(text) == b'v=' + base64.b64encode(server), text
                    code, text = s.docmd('')
                print('accepted' if code == 235 else 'refused', code)
            """, "-");
        Assert.Equal(expected ? "accepted 235\n" : "refused 535\n", output);
    }

    [Theory]
    [InlineData("smtps")]
    [InlineData("smtp", "-starttls", "smtp")]
    public async Task OpenSSL_trusts_the_certificate_and_speaks_SMTP_under_it(string word, params string[] arguments)
    {
        var output = await OpenSslAsync(Port(word), fixture.CertificatePath, arguments);
        Assert.Contains("Verification: OK", output, StringComparison.Ordinal);
        Assert.Contains("221 2.0.0", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", true)]
    [InlineData("-tls1_3", true)]
    [InlineData("-tls1_1", false)]
    [InlineData("-tls1", false)]
    public async Task Old_versions_are_not_spoken(string version, bool expected)
    {
        (_, var output) = await ExternalProgram.TryAsync("openssl", "QUIT\r\n",
            "s_client", "-connect", $"127.0.0.1:{Port("smtps")}", "-brief", "-ign_eof", version, "-cipher", "DEFAULT:@SECLEVEL=0");
        Assert.Equal(expected, output.Contains("CONNECTION ESTABLISHED", StringComparison.Ordinal));
    }

    // What a Debian's OpenSSL still has of those that RFC 9325 4.1 forbids: without authentication, without encryption, by RC4 or 3DES, for export.
    [Theory]
    [InlineData("aNULL")]
    [InlineData("eNULL")]
    [InlineData("RC4:3DES:DES:EXPORT:LOW:MD5")]
    [InlineData("PSK:SRP")]
    public async Task Weak_suites_are_not_spoken(string suites)
    {
        foreach (var word in new[] { "smtps", "submission" })
        {
            (_, var output) = await ExternalProgram.TryAsync("openssl", "QUIT\r\n",
                ["s_client", "-connect", $"127.0.0.1:{Port(word)}", "-brief", "-ign_eof", "-tls1_2", "-cipher", suites + ":@SECLEVEL=0", .. word is "smtps" ? Array.Empty<string>() : ["-starttls", "smtp"]]);
            Assert.DoesNotContain("CONNECTION ESTABLISHED", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_renewed_certificate_is_seen_without_a_restart()
    {
        using TemporaryDirectory directory = new();
        TestCertificates.Write(directory["a.pem"], directory["a.key"], "before");
        await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--smtps", "127.0.0.1:0", "--tls-cert", directory["a.pem"], "--tls-key", directory["a.key"]);
        var port = program.EndPoint("smtps").Port;
        Assert.Contains("O = before", await OpenSslAsync(port, directory["a.pem"]), StringComparison.Ordinal);

        await File.WriteAllTextAsync(directory["a.pem"], "half a certifi", Cancel);
        await UntilAsync(async () =>
        {
            (_, var seen) = await ExternalProgram.TryAsync("openssl", "QUIT\r\n", "s_client", "-connect", $"127.0.0.1:{port}", "-brief", "-ign_eof");
            Assert.Contains("O = before", seen, StringComparison.Ordinal);
            return program.Log.Contains("the one read before stays", StringComparison.Ordinal);
        });
        TestCertificates.Write(directory["a.pem"], directory["a.key"], "after");
        await UntilAsync(async () =>
            (await ExternalProgram.TryAsync("openssl", "QUIT\r\n", "s_client", "-connect", $"127.0.0.1:{port}", "-brief", "-ign_eof")).Output.Contains("O = after", StringComparison.Ordinal));
        Assert.Contains("Verification: OK", await OpenSslAsync(port, directory["a.pem"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_for_development_stays_the_same()
    {
        using TemporaryDirectory directory = new();
        for (var i = 0; i < 2; i++)
        {
            await using var program = await SmtpdProcess.ServeAsync(directory["data"], "--tls-self-signed");
            if (i == 0)
                File.Copy(directory["data", "tls", "self-signed.pem"], directory["trusted.pem"]);
            Assert.Contains("Verification: OK", await OpenSslAsync(program.Smtp.Port, directory["trusted.pem"], "-starttls", "smtp"), StringComparison.Ordinal);
            Assert.Equal(0, await program.TerminateAsync());
        }
    }

    [Fact]
    public async Task Python_smtplib_logs_in()
    {
        await ExternalProgram.RunAsync("python3", $"""
            import smtplib, ssl
            context = ssl.create_default_context(cafile='{fixture.CertificatePath}')
            with smtplib.SMTP('localhost', {Port("submission")}) as s:
                s.starttls(context=context)
                s.login('anna@y.test', '{TlsFixture.Password}')
                s.sendmail('a@x.test', ['whoever@y.test'], b'Subject: from python\r\n\r\n')
            with smtplib.SMTP_SSL('localhost', {Port("smtps")}, context=context) as s:
                try:
                    s.login('anna@y.test', 'wrong')
                    raise SystemExit('let in')
                except smtplib.SMTPAuthenticationError as e:
                    assert e.smtp_code == 535
            """, "-");
        Assert.Equal("anna@y.test", (await fixture.WaitForAsync("from python")).GetProperty("envelope").GetProperty("user").GetString());
    }

    [GeneratedRegex("^(?:Received: |\t).*", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TraceLine { get; }

    private static string[] To(string word, SmtpdProcess program) =>
        ["--server", "127.0.0.1", "--port", program.EndPoint(word).Port.ToString(CultureInfo.InvariantCulture), "--from", "a@x.test", "--to", "b@y.test", "--timeout", "20"];

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await isTrue())
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromMinutes(1), "It did not come about in a minute.");
    }

    private static Task<string> OpenSslAsync(int port, string authorities, params string[] arguments) => ExternalProgram.RunAsync("openssl", "QUIT\r\n",
        ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", authorities, "-verify_return_error", "-verify_hostname", "localhost", "-brief", "-ign_eof", .. arguments]);

    private string[] To(string word) => To(word, fixture.Program);

    private int Port(string word) => fixture.Program.EndPoint(word).Port;

    private async Task<JsonElement> SwaksAsync(string word, params string[] arguments)
    {
        var subject = "t" + Guid.NewGuid().ToString("N");
        await ExternalProgram.RunAsync("swaks", null, [.. To(word), "--header", "Subject: " + subject, .. arguments]);
        return await fixture.WaitForAsync(subject);
    }

    private async Task<string> TraceAsync(JsonElement message)
    {
        var eml = await fixture.Program.Http.GetStringAsync($"/api/mailboxes/{message.GetProperty("mailboxId")}/messages/{message.GetProperty("uid")}/eml", Cancel);
        return string.Concat(TraceLine.Matches(eml).Select(each => each.Value));
    }
}

/// <summary>A program with every kind of address, and in mailbox 2 the user <c>anna@y.test</c>.</summary>
public sealed class TlsFixture : IAsyncLifetime
{
    internal const string Password = "pass word-1";

    private readonly TemporaryDirectory directory = new();
    private SmtpdProcess? program;

    internal SmtpdProcess Program => program!;

    internal string CertificatePath => directory["server.pem"];

    internal string Authority => directory["authority.pem"];

    /// <summary>Of the client's certificate and key, without <c>.pem</c> and <c>.key</c>.</summary>
    internal string Client => directory["anna@y.test"];

    public async ValueTask InitializeAsync()
    {
        TestCertificates.Write(CertificatePath, directory["server.key"]);
        TestCertificates.WriteClients(Authority, directory.Path, "anna@y.test");
        // Python tries a wrong password by every mechanism it knows, and would hear 421 at the third.
        program = await StartAsync(
            "data", "--smtps", "127.0.0.1:0", "--submission", "127.0.0.1:0", "--set", "Smtp:CramMd5=true", "--set", "Smtp:Limits:AuthenticationAttempts=5");
    }

    public async ValueTask DisposeAsync()
    {
        if (program is not null)
            await program.DisposeAsync();
        directory.Dispose();
    }

    internal async Task<SmtpdProcess> StartAsync(string data, params string[] arguments)
    {
        (var exitCode, _, var error) = await SmtpdProcess.RunAsync(directory.Path, null, Password,
            ["mailbox", "add", "anna", "--user", "anna@y.test", "--password-stdin", "--keep-clear-secret", "--data", directory[data]]);
        Assert.True(exitCode == 0, error);
        return await SmtpdProcess.ServeAsync(directory[data], ["--tls-cert", CertificatePath, "--tls-key", directory["server.key"], .. arguments]);
    }

    /// <summary>The message of this subject, in whichever mailbox it is.</summary>
    internal async Task<JsonElement> WaitForAsync(string subject)
    {
        foreach (var mailbox in new[] { 1, 2 })
        {
            var list = await Program.GetAsync($"/api/mailboxes/{mailbox}/messages?limit=500");
            if (list.GetProperty("messages").EnumerateArray().FirstOrDefault(each => each.GetProperty("subject").GetString() == subject) is { ValueKind: JsonValueKind.Object } found)
                return found;
        }

        throw new InvalidOperationException("It was acknowledged and is nowhere: " + subject);
    }
}
