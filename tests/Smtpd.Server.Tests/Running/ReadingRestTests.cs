using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Smtpd.Server.Tests.Running;

/// <summary>What REST gives out of the content of a message.</summary>
public sealed class ReadingRestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private const string Mail = """
        From: Shop <shop@x.test>
        To: b@y.test
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
        List-Unsubscribe: <https://x.test/leave>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=m

        --m
        Content-Type: multipart/alternative; boundary=a

        --a
        Content-Type: text/plain; charset=utf-8

        Your sign-in code is 493021.
        --a
        Content-Type: multipart/related; boundary=r

        --r
        Content-Type: text/html; charset=utf-8

        <p onclick="evil()">Code <b>493021</b><script>evil()</script><img src="cid:logo@x.test"><img src="http://tracker.test/p.gif"><a href="https://x.test/confirm?t=1">Confirm</a></p>
        --r
        Content-Type: image/png
        Content-ID: <logo@x.test>
        Content-Transfer-Encoding: base64

        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
        --r--
        --a--
        --m
        Content-Type: text/html; name="page.html"
        Content-Disposition: attachment; filename*=utf-8''p%C3%A4ge.html

        <script>evil()</script>
        --m
        Content-Type: image/svg+xml
        Content-Disposition: attachment; filename="x.svg"

        <svg onload="evil()"/>
        --m--

        """;

    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Text_headers_parts_links_and_codes_are_read_out()
    {
        var message = await ImportAsync();
        Assert.Equal("Your sign-in code is 493021.", (await Program.Http.GetStringAsync(message + "/text", Cancel)).Trim());
        var subject = (await Program.GetAsync(message + "/headers")).GetProperty("headers").EnumerateArray().Single(each => each.GetProperty("name").GetString() == "Subject");
        Assert.Equal(("Grüße", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="), (subject.GetProperty("value").GetString(), subject.GetProperty("raw").GetString()));
        var parts = (await Program.GetAsync(message + "/parts")).GetProperty("parts");
        Assert.Equal(["1", "1.1", "1.1.1", "1.1.2", "1.1.2.1", "1.1.2.2", "1.2", "1.3"], parts.EnumerateArray().Select(each => each.GetProperty("path").GetString()));
        var links = (await Program.GetAsync(message + "/links")).GetProperty("links").EnumerateArray().Select(each => (each.GetProperty("url").GetString(), each.GetProperty("kind").GetString())).ToArray();
        Assert.Contains(("https://x.test/confirm?t=1", "link"), links);
        Assert.Contains(("https://x.test/leave", "unsubscribe"), links);
        var codes = (await Program.GetAsync(message + "/codes")).GetProperty("codes").EnumerateArray().Select(each => (each.GetProperty("value").GetString(), each.GetProperty("kind").GetString()));
        Assert.Equal([("493021", "code"), ("https://x.test/confirm?t=1", "link")], codes.Order());
        foreach (var path in new[] { "/text", "/html", "/headers", "/parts", "/parts/1", "/links", "/codes", "/attachments/1", "/transcript" })
            await Program.AskAsync("GET", "/api/mailboxes/1/messages/999999" + path, expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Html_is_shown_without_what_could_do_harm()
    {
        var message = await ImportAsync();
        using var response = await Program.Http.GetAsync(message + "/html", Cancel);
        var html = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        foreach (var evil in new[] { "<script", "evil", "onclick", "tracker.test", "cid:" })
            Assert.DoesNotContain(evil, html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("1", response.Headers.GetValues("Smtpd-Blocked-Loads").Single());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        foreach (var directive in new[] { "sandbox", "default-src 'none'", "frame-ancestors 'self'", "img-src 'self' data:" })
            Assert.Contains(directive, policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-scripts", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-same-origin", policy, StringComparison.Ordinal);

        Assert.Contains("http://tracker.test/p.gif", await Program.Http.GetStringAsync(message + "/html?remote=allow", Cancel), StringComparison.Ordinal);
        using var source = await Program.Http.GetAsync(message + "/html?source=1", Cancel);
        Assert.Equal("text/plain", source.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<script>evil()", await source.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await Program.AskAsync("GET", message + "/html?remote=yes", expected: HttpStatusCode.BadRequest);
        var plain = $"/api/mailboxes/1/messages/{await Program.ImportAsync(1, TestMessages.Text("plain"))}";
        Assert.Contains("/text", (await Program.AskAsync("GET", plain + "/html", expected: HttpStatusCode.NotFound)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_of_a_mail_is_opened_by_its_key_and_nothing_else_is()
    {
        var message = await ImportAsync();
        var html = await Program.Http.GetStringAsync(message + "/html", Cancel);
        var address = WebUtility.HtmlDecode(Regex.Match(html, "src=\"(?<address>/api/[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["address"].Value);
        Assert.StartsWith(message + "/attachments/", address, StringComparison.Ordinal);
        // As a browser asks out of a sandbox.
        Assert.Equal((HttpStatusCode.OK, "inline", "image/png"), await FromSandboxAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, (await FromSandboxAsync(address.Split('?')[0] + "?inline=1")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await FromSandboxAsync(address[..^1] + (address[^1] == '0' ? '1' : '0'))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await FromSandboxAsync(address.Replace("/attachments/", "/attachments/1", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await FromSandboxAsync(message + "/raw" + address[address.IndexOf('?', StringComparison.Ordinal)..])).Status);

        async Task<(HttpStatusCode Status, string? Disposition, string? Type)> FromSandboxAsync(string path)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            request.Headers.Add("Sec-Fetch-Mode", "no-cors");
            request.Headers.Add("Sec-Fetch-Dest", "image");
            using var response = await Program.Http.SendAsync(request, Cancel);
            return (response.StatusCode, response.Content.Headers.ContentDisposition?.DispositionType, response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task Attachments_are_saved_never_run()
    {
        var message = await ImportAsync();
        var read = await WaitUntilReadAsync(message);
        var attachments = read.GetProperty("attachments").EnumerateArray().ToArray();
        Assert.Equal([1, 2, 3], attachments.Select(each => each.GetProperty("index").GetInt32()));
        Assert.Equal("Your sign-in code is 493021.", read.GetProperty("snippet").GetString());
        var png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
        foreach (var attachment in attachments)
        {
            var path = $"{message}/attachments/{attachment.GetProperty("index").GetInt32()}";
            foreach (var query in new[] { "", "?inline=1" })
            {
                using var response = await Program.Http.GetAsync(path + query, Cancel);
                var octets = await response.Content.ReadAsByteArrayAsync(Cancel);
                Assert.Equal(attachment.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(octets)));
                Assert.Equal($"\"{attachment.GetProperty("sha256").GetString()}\"", response.Headers.ETag!.Tag);
                Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
                Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
                var isPicture = attachment.GetProperty("contentType").GetString() is "image/png";
                Assert.Equal(isPicture ? "image/png" : "application/octet-stream", response.Content.Headers.ContentType!.MediaType);
                Assert.Equal(isPicture && query.Length > 0 ? "inline" : "attachment", response.Content.Headers.ContentDisposition!.DispositionType);
            }
        }

        using var named = await Program.Http.GetAsync(message + "/attachments/2", Cancel);
        Assert.Equal("päge.html", named.Content.Headers.ContentDisposition!.FileNameStar);
        using HttpRequestMessage part = new(HttpMethod.Get, message + "/attachments/1") { Headers = { Range = new RangeHeaderValue(3, 9) } };
        using var partial = await Program.Http.SendAsync(part, Cancel);
        Assert.Equal(HttpStatusCode.PartialContent, partial.StatusCode);
        Assert.Equal(png[3..10], await partial.Content.ReadAsByteArrayAsync(Cancel));
        using HttpRequestMessage head = new(HttpMethod.Head, message + "/attachments/1");
        using var headed = await Program.Http.SendAsync(head, Cancel);
        Assert.Equal(png.Length, headed.Content.Headers.ContentLength);
        using HttpRequestMessage again = new(HttpMethod.Get, message + "/attachments/1") { Headers = { IfNoneMatch = { headed.Headers.ETag! } } };
        using var notModified = await Program.Http.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, notModified.StatusCode);
        Assert.Equal(png, await Program.Http.GetByteArrayAsync(message + "/parts/1.1.2.2", Cancel));
        await Program.AskAsync("GET", message + "/attachments/4", expected: HttpStatusCode.NotFound);
        await Program.AskAsync("GET", message + "/parts/1.9", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_dialogue_that_brought_a_message_is_kept()
    {
        using (var client = await RawClient.ConnectAsync(Program.Smtp, Cancel))
            Assert.StartsWith("250 ", await client.MessageAsync(TestMessages.Text("with a transcript")), StringComparison.Ordinal);
        var uid = (await Program.WaitForAsync("with a transcript")).GetProperty("uid").GetInt64();
        var transcript = await Program.Http.GetStringAsync($"/api/mailboxes/1/messages/{uid}/transcript", Cancel);
        Assert.Contains("MAIL FROM:<a@x.test>", transcript, StringComparison.Ordinal);
        await Program.AskAsync("GET", (await ImportAsync()) + "/transcript", expected: HttpStatusCode.NotFound);
    }

    private async Task<string> ImportAsync() => $"/api/mailboxes/1/messages/{await Program.ImportAsync(1, Mail)}";

    private async Task<JsonElement> WaitUntilReadAsync(string message)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        JsonElement found;
        while ((found = await Program.GetAsync(message)).GetProperty("snippet").ValueKind == JsonValueKind.Null)
            await Task.Delay(20, deadline.Token);
        return found;
    }
}
