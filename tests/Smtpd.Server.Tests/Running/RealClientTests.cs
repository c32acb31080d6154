using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>Clients that others wrote. What they sent is recorded on the wire, and what is stored must be that.</summary>
public sealed class RealClientTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Swaks()
    {
        var subject = Unique();
        await ThroughProxyAsync(subject, port => RunAsync("swaks", null,
            "--server", $"127.0.0.1:{port}", "--from", "a@x.test", "--to", "b@y.test", "--header", "Subject: " + subject, "--body", "one\n.two\n..three\n"));
    }

    [Fact]
    public async Task Swaks_with_an_attachment_and_two_recipients()
    {
        var subject = Unique();
        var found = await ThroughProxyAsync(subject, port => RunAsync("swaks", null,
            "--server", $"127.0.0.1:{port}", "--from", "<>", "--to", "b@y.test,c@y.test", "--header", "Subject: " + subject, "--attach", "@" + Environment.ProcessPath));
        Assert.Equal("", found.GetProperty("envelope").GetProperty("from").GetString());
        Assert.Equal(2, found.GetProperty("envelope").GetProperty("to").GetArrayLength());
    }

    [Theory]
    [InlineData("text", "'one\\r\\n.two\\r\\n..three\\r\\n.\\r\\n'", "[]")]
    [InlineData("eight bits", "'h\\u00e9llo \\u20ac\\r\\n'", "['BODY=8BITMIME']")]
    [InlineData("utf8", "'gr\\u00fc\\u00dfe\\r\\n'", "['SMTPUTF8', 'BODY=8BITMIME']")]
    [InlineData("large", "('x' * 70 + '\\r\\n.\\r\\n') * 80000", "[]")]
    [InlineData("empty", "''", "[]")]
    public async Task Python_smtplib(string kind, string body, string options)
    {
        var subject = Unique();
        var recipient = kind == "utf8" ? "b\\u00fccher@y.test" : "b@y.test";
        await ThroughProxyAsync(subject, port => RunAsync("python3", $"""
            import smtplib
            with smtplib.SMTP('127.0.0.1', {port}) as s:
                m = ('Subject: {subject}\r\n\r\n' + {body}).encode('utf-8')
                assert s.sendmail('a@x.test', ['{recipient}'], m, mail_options={options}) == dict()
            """, "-"));
    }

    [Fact]
    public async Task Python_smtplib_many_on_one_connection()
    {
        var subject = Unique();
        using RecordingProxy proxy = new(Program.Smtp);
        var passing = proxy.PassOneAsync();
        await RunAsync("python3", $"""
            import smtplib
            with smtplib.SMTP('127.0.0.1', {proxy.Port}) as s:
                for i in range(50):
                    s.sendmail('a@x.test', 'b@y.test', f'Subject: {subject} no {'{'}i{'}'}\r\n\r\n' + 'x' * i)
            """, "-");
        await passing;
        var contents = proxy.Contents();
        Assert.Equal(50, contents.Count);
        for (var i = 0; i < contents.Count; i++)
            Assert.Equal(contents[i], await StoredAsync(string.Create(CultureInfo.InvariantCulture, $"{subject} no {i}")));
    }

    [Fact]
    public async Task Dotnet_SmtpClient()
    {
        var subject = Unique();
        var found = await ThroughProxyAsync(subject, async port =>
        {
            using SmtpClient client = new("127.0.0.1", port);
            using MailMessage mail = new("a@x.test", "b@y.test", subject, "plain\n.dot\nh\u00e9llo");
            mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("<b>rich</b>", Encoding.UTF8, "text/html"));
            using MemoryStream octets = new(new byte[400_000]);
            mail.Attachments.Add(new Attachment(octets, "a.bin"));
            await client.SendMailAsync(mail, Cancel);
        });
        Assert.Equal("b@y.test", found.GetProperty("to")[0].GetProperty("address").GetString());
    }

    [Fact]
    public async Task Postfix_smtp_source()
    {
        var subject = Unique();
        using RecordingProxy proxy = new(Program.Smtp);
        var passing = proxy.PassOneAsync();
        await RunAsync("/usr/sbin/smtp-source", null,
            "-s", "1", "-m", "20", "-d", "-l", "20000", "-S", subject, "-f", "a@x.test", "-t", "b@y.test", $"127.0.0.1:{proxy.Port}");
        await passing;
        var contents = proxy.Contents();
        Assert.Equal(20, contents.Count);
        var stored = await AllAsync(subject);
        Assert.Equal(20, stored.Length);
        for (var i = 0; i < contents.Count; i++)
            Assert.Equal(contents[i], await Program.RawAsync(stored[i].GetProperty("uid").GetInt64()));
    }

    [Fact]
    public async Task Postfix_smtp_source_over_twenty_sessions()
    {
        var subject = Unique();
        await RunAsync("/usr/sbin/smtp-source", null,
            "-s", "20", "-m", "400", "-l", "3000", "-S", subject, "-f", "a@x.test", "-t", "b@y.test", $"127.0.0.1:{Program.Smtp.Port}");
        Assert.Equal(400, (await AllAsync(subject)).Length);
    }

    [Fact]
    public async Task Curl()
    {
        var subject = Unique();
        using TemporaryDirectory directory = new();
        await File.WriteAllBytesAsync(directory["mail"], TestMessages.Large(subject, 1_000_000), Cancel);
        await ThroughProxyAsync(subject, port => RunAsync("curl", null,
            "--silent", "--show-error", $"smtp://127.0.0.1:{port}/client.x.test", "--mail-from", "a@x.test", "--mail-rcpt", "b@y.test", "--upload-file", directory["mail"]));
        Assert.Equal(TestMessages.Large(subject, 1_000_000), await StoredAsync(subject));
    }

    [Theory]
    [InlineData("BODY=8BITMIME")]
    [InlineData("BODY=BINARYMIME")]
    public async Task Chunks_from_python(string body)
    {
        var subject = Unique();
        byte[] message = [.. TestMessages.Text(subject, ""), .. Enumerable.Range(0, 400_000).Select(i => (byte)(i * 7 % 256))];
        if (body == "BODY=8BITMIME")
            message = [.. message.Where(each => each is not ((byte)'\r' or (byte)'\n' or 0)), (byte)'\r', (byte)'\n'];
        message = [.. TestMessages.Text(subject, ""), .. message];
        using TemporaryDirectory directory = new();
        await File.WriteAllBytesAsync(directory["mail"], message, Cancel);
        await RunAsync("python3", $"""
            import socket
            data = open('{directory["mail"]}', 'rb').read()
            s = socket.create_connection(('127.0.0.1', {Program.Smtp.Port}))
            f = s.makefile('rb')
            def reply(code):
                while True:
                    line = f.readline()
                    if line[3:4] != b'-': break
                assert line.startswith(code), line
            def say(text, code):
                s.sendall(text + b'\r\n')
                reply(code)
            reply(b'220')
            say(b'EHLO client.x.test', b'250')
            say(b'MAIL FROM:<a@x.test> {body}', b'250')
            say(b'RCPT TO:<b@y.test>', b'250')
            at, sizes = 0, [1, 2, 3, 7, 1000, 65536, 100000, 0]
            while at < len(data):
                chunk = data[at:at + sizes[at % len(sizes)]]
                at += len(chunk)
                s.sendall(b'BDAT %d\r\n' % len(chunk) + chunk)
                reply(b'250')
                if not chunk:
                    chunk = data[at:at + 5]
                    at += len(chunk)
                    s.sendall(b'BDAT %d\r\n' % len(chunk) + chunk)
                    reply(b'250')
            s.sendall(b'BDAT 0 LAST\r\n')
            reply(b'250')
            say(b'QUIT', b'221')
            """, "-");
        Assert.Equal(message, await StoredAsync(subject));
    }

    private static string Unique() => "t" + Guid.NewGuid().ToString("N");

    private async Task<JsonElement> ThroughProxyAsync(string subject, Func<int, Task> send)
    {
        using RecordingProxy proxy = new(Program.Smtp);
        var passing = proxy.PassOneAsync();
        await send(proxy.Port);
        await passing;
        var found = await Program.WaitForAsync(subject);
        Assert.Equal(Assert.Single(proxy.Contents()), await Program.RawAsync(found.GetProperty("uid").GetInt64()));
        return found;
    }

    private async Task<byte[]> StoredAsync(string subject) => await Program.RawAsync((await Program.WaitForAsync(subject)).GetProperty("uid").GetInt64());

    // In the order of arrival.
    private async Task<JsonElement[]> AllAsync(string subject)
    {
        var list = await Program.GetAsync("/api/mailboxes/1/messages?limit=500");
        return [.. list.GetProperty("messages").EnumerateArray().Where(each => each.GetProperty("subject").GetString() == subject).Reverse()];
    }

    private static async Task RunAsync(string program, string? input, params string[] arguments) => await ExternalProgram.RunAsync(program, input, arguments);
}
