using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smtpd.Server.Tests.Running;

/// <summary>What a mail, a client or a request says is text: in the database, in the log, in names of files and in fields of answers.</summary>
public sealed class InjectionTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private readonly SmtpdProcess program = fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> SqlTexts => ["'; DROP TABLE messages; --", "' OR '1'='1", "\" OR \"\"=\"", "1); DELETE FROM mailboxes; --", "x' UNION SELECT password FROM users --", "\\'; --", "%_%", "$1", "@name", "?1"];

    [Theory]
    [MemberData(nameof(SqlTexts))]
    public async Task SQL_in_every_field_is_text(string text)
    {
        var before = (await program.GetAsync("/api/mailboxes")).GetProperty("mailboxes").GetArrayLength();
        var project = await program.AskAsync("POST", "/api/projects", Json(new() { ["name"] = text }), HttpStatusCode.Created);
        var mailbox = await program.AskAsync("POST", "/api/mailboxes", Json(new()
        {
            ["name"] = text,
            ["project"] = project.GetProperty("id").GetInt32(),
            ["users"] = new JsonArray(new JsonObject { ["user"] = text, ["password"] = "password of " + text }),
        }), HttpStatusCode.Created);
        var id = mailbox.GetProperty("id").GetInt32();
        Assert.Equal(text, mailbox.GetProperty("name").GetString());
        var uid = await program.ImportAsync(id, $"From: \"{text.Replace("\"", "\\\"", StringComparison.Ordinal)}\" <a@x.test>\nSubject: {text}\nMessage-ID: <{text}>\n\n{text}\n");
        // A tag has neither quotes nor commas.
        var tag = text.Replace("\"", "", StringComparison.Ordinal).Trim();
        await program.AskAsync("PATCH", $"/api/mailboxes/{id}/messages/{uid}", Json(new() { ["tags"] = new JsonArray(tag) }));
        Assert.Equal(tag, (await program.GetAsync($"/api/mailboxes/{id}/messages/{uid}")).GetProperty("tags")[0].GetString());
        Assert.Equal([uid], (await SearchAsync(id, $"tag:{Quoted(tag)}")).Uids());
        foreach (var name in new[] { "", "subject:", "from:", "to:", "header:", "body:", "mailbox:", "message-id:", "before:", "larger:" })
        {
            await SearchAsync(id, name + text);
            await SearchAsync(id, name + Quoted(text));
        }

        foreach (var (path, names) in new[] { ("/api/search", new[] { "mailbox", "after", "order", "limit" }), ($"/api/mailboxes/{id}/messages", ["after", "order", "limit"]), ($"/api/mailboxes/{id}/wait?timeout=0", ["to", "from", "subject", "since"]) })
        {
            foreach (var name in names)
            {
                using var response = await program.Http.GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={Uri.EscapeDataString(text)}", Cancel);
                Assert.InRange((int)response.StatusCode, 200, 499);
            }
        }

        await program.AskAsync("DELETE", $"/api/mailboxes/{id}/users/{Uri.EscapeDataString(text)}", null, HttpStatusCode.NoContent);
        await program.AskAsync("DELETE", $"/api/mailboxes/{id}", null, HttpStatusCode.NoContent);
        Assert.Equal(before, (await program.GetAsync("/api/mailboxes")).GetProperty("mailboxes").GetArrayLength());
    }

    [Fact]
    public async Task No_line_of_the_log_is_a_clients()
    {
        using TemporaryDirectory directory = new();
        await using var logging = await SmtpdProcess.ServeAsync(directory["data"], "--set", "Log:Level=Trace", "--set", "Smtp:AllowInsecureAuth=true");
        const string marker = "2026-01-01T00:00:00.000Z crit: INJECTED";
        foreach (var line in new[] { $"EHLO x\n{marker}", $"FROB\u001b[2J\n{marker}", $"MAIL FROM:<a\r{marker}@x.test>", $"\u0085{marker}", "AUTH PLAIN " + Base64($"\0a\n{marker}\0password"), "AUTH PLAIN " + Base64($"\0a\u2028{marker}\0password"), $"VRFY \n{marker}" })
        {
            using var client = await RawClient.ConnectAsync(logging.Smtp, Cancel);
            await client.SendAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
            Assert.Matches("^[45]", await client.ReplyAsync());
        }

        foreach (var target in new[] { "/api/%0a" + Uri.EscapeDataString(marker), "/api/mailboxes/1/users/%0d%0a" + Uri.EscapeDataString(marker), "/%e2%80%a8INJECTED" })
        {
            using var response = await logging.Http.GetAsync(target, Cancel);
            Assert.InRange((int)response.StatusCode, 400, 499);
        }

        using (var sender = await RawClient.ConnectAsync(logging.Smtp, Cancel))
            Assert.StartsWith("250 ", await sender.MessageAsync(Encoding.UTF8.GetBytes($"Subject: x\u2028{marker}\r\nX-Y: \n{marker}\r\nContent-Type: multipart/mixed; boundary=\"\n{marker}\"\r\n\r\n\n{marker}\r\n")), StringComparison.Ordinal);
        Assert.Equal(0, await logging.TerminateAsync());
        var lines = logging.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 10, logging.Log);
        Assert.All(lines, line => Assert.True(
            line.Length > 24 && DateTimeOffset.TryParse(line.AsSpan(0, 24), CultureInfo.InvariantCulture, out _) && !line.StartsWith(marker, StringComparison.Ordinal) && !line.Any(each => char.IsControl(each) || each is '\u2028' or '\u202e'), line));
        Assert.DoesNotContain("password", logging.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../../tmp/smtpd-evil")]
    [InlineData("..\\..\\smtpd-evil")]
    [InlineData("/tmp/smtpd-evil")]
    [InlineData("C:\\smtpd-evil")]
    [InlineData("smtpd-evil\0.txt")]
    [InlineData("..")]
    [InlineData("a/b\r\nX-Evil: 1")]
    public async Task No_name_in_a_mail_leaves_its_folder(string name)
    {
        var id = await program.AddMailboxAsync();
        var uid = await program.ImportAsync(id, $"""
            From: a@x.test
            Subject: {name.ReplaceLineEndings(" ").Replace('\0', ' ')}
            Message-ID: <{name.ReplaceLineEndings("").Replace('\0', ' ')}>
            Content-Type: multipart/mixed; boundary=m

            --m
            Content-Type: application/octet-stream; name*=utf-8''{Uri.EscapeDataString(name)}
            Content-Disposition: attachment; filename*=utf-8''{Uri.EscapeDataString(name)}
            Content-ID: <{name.ReplaceLineEndings("").Replace('\0', ' ')}>

            content
            --m--

            """);
        using var attachment = await program.Http.GetAsync($"/api/mailboxes/{id}/messages/{uid}/attachments/1", Cancel);
        var disposition = attachment.Content.Headers.ContentDisposition!;
        Assert.Equal("attachment", disposition.DispositionType);
        AssertIsName((disposition.FileNameStar ?? disposition.FileName)!.Trim('"'));
        using ZipArchive zip = new(await program.Http.GetStreamAsync($"/api/mailboxes/{id}/export?format=zip", Cancel));
        AssertIsName(Assert.Single(zip.Entries).FullName);
        Assert.Empty(Directory.EnumerateFiles(fixture.Directory, "*evil*", SearchOption.AllDirectories));
        Assert.False(File.Exists("/tmp/smtpd-evil"));
    }

    // By hand, as a client of HTTP would put some of it right.
    [Fact]
    public async Task No_field_of_an_answer_is_a_mails()
    {
        const string evil = "x%0D%0AX-Evil:%201%0D%0A%0D%0A<script>.txt";
        var id = await program.AddMailboxAsync();
        var uid = await program.ImportAsync(id, $"""
            Subject: =?utf-8?q?a=0D=0AX-Evil:_1?=
            Content-Type: multipart/mixed; boundary=m

            --m
            Content-Type: text/x-evil"; a="b; name="y"
            Content-Disposition: attachment; filename*=utf-8''{evil}

            content
            --m
            Content-Type: message/rfc822
            Content-Disposition: attachment; filename="=?utf-8?q?a=0D=0AX-Evil:_1?="

            Subject: within

            --m--

            """);
        foreach (var path in new[] { "attachments/1", "attachments/2", "parts/1.1", "parts/1.2", "raw", "eml", "html", "text" })
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPEndPoint.Parse(program.Http.BaseAddress!.Authority), Cancel);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/mailboxes/{id}/messages/{uid}/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), Cancel);
            using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
            var answer = await reader.ReadToEndAsync(Cancel);
            var fields = answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n")[1..];
            Assert.All(fields, field => Assert.Matches(@"\A[A-Za-z-]+: [\x20-\x7e]*\z", field));
            Assert.DoesNotContain(fields, field => field.StartsWith("X-Evil", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_compressed_request_is_not_unpacked()
    {
        using MemoryStream bomb = new();
        await using (GZipStream zip = new(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
            await zip.WriteAsync(new byte[20 << 20], Cancel);
        foreach (var (path, type) in new[] { ("/api/mailboxes", "application/json"), ("/api/mailboxes/1/lease", "application/json"), ("/api/session", "application/json") })
        {
            using ByteArrayContent content = new(bomb.ToArray()) { Headers = { ContentType = new(type), ContentEncoding = { "gzip" } } };
            using var response = await program.Http.PostAsync(path, content, Cancel);
            Assert.InRange((int)response.StatusCode, 400, 499);
        }
    }

    private static void AssertIsName(string name)
    {
        Assert.NotEqual("", name);
        Assert.True(name.IndexOfAny(['/', '\\', ':', '\0', '\r', '\n', '"']) < 0 && name is not ("." or ".."), name);
    }

    private static string Json(JsonObject value) => value.ToJsonString();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private async Task<JsonElement> SearchAsync(int id, string query)
    {
        using var response = await program.Http.GetAsync($"/api/search?mailbox={id}&q={Uri.EscapeDataString(query)}", Cancel);
        Assert.InRange((int)response.StatusCode, 200, 499);
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync(Cancel));
    }
}
