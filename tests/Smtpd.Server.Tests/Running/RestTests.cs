using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Smtpd.Server.Tests.Running;

/// <summary>REST of the running program.</summary>
public sealed class RestTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private const string Messages = "/api/mailboxes/1/messages";

    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_has_the_fields_of_the_contract()
    {
        var message = Encoding.UTF8.GetBytes("From: \"Doe, Jane\" <jane@x.test>\r\nTo: b@y.test, C <c@y.test>\r\nCc: d@y.test\r\nSubject: fields of the contract\r\n"
            + "Date: Fri, 2 Jan 2026 03:04:05 +0200\r\nMessage-ID: <1@x.test>\r\n\r\nbody\r\n");
        var uid = await SendAsync(message);
        var found = await Program.GetAsync($"{Messages}/{uid}");

        Assert.Equal(
            ["uid", "mailboxId", "id", "receivedAt", "size", "sha256", "envelope", "subject", "from", "to", "cc", "date", "messageId", "snippet", "attachments", "flags", "tags", "warnings"],
            found.EnumerateObject().Select(each => each.Name));
        Assert.Equal(uid, found.GetProperty("uid").GetInt64());
        Assert.Equal(1, found.GetProperty("mailboxId").GetInt32());
        Assert.Equal(message.Length, found.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(message)), found.GetProperty("sha256").GetString());
        Assert.Equal(
            """{"from":"a@x.test","to":["b@y.test"],"helo":"client.x.test","remoteAddress":"127.0.0.1","tls":null,"user":null}""", found.GetProperty("envelope").GetRawText());
        Assert.Equal("""{"name":"Doe, Jane","address":"jane@x.test"}""", found.GetProperty("from").GetRawText());
        Assert.Equal("""[{"name":"","address":"b@y.test"},{"name":"C","address":"c@y.test"}]""", found.GetProperty("to").GetRawText());
        Assert.Equal("""[{"name":"","address":"d@y.test"}]""", found.GetProperty("cc").GetRawText());
        Assert.Equal("2026-01-02T03:04:05+02:00", found.GetProperty("date").GetString());
        Assert.Equal("1@x.test", found.GetProperty("messageId").GetString());
        Assert.Equal("""{"read":false,"pinned":false}""", found.GetProperty("flags").GetRawText());
        Assert.InRange(found.GetProperty("receivedAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Raw_is_what_was_sent_octet_for_octet()
    {
        var message = Encoding.Latin1.GetBytes("Subject: raw\r\n\r\n.dot\r\n..\r\nbare\nlf and\rcr \xE9\xFF\x01\r\n\r\n");
        var uid = await SendAsync(message);
        using var response = await Program.Http.GetAsync($"{Messages}/{uid}/raw", Cancel);
        Assert.Equal(message, await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("message/rfc822", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(message))}\"", response.Headers.ETag!.Tag);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        using HttpRequestMessage part = new(HttpMethod.Get, $"{Messages}/{uid}/raw") { Headers = { Range = new RangeHeaderValue(2, 5) } };
        using var partial = await Program.Http.SendAsync(part, Cancel);
        Assert.Equal(HttpStatusCode.PartialContent, partial.StatusCode);
        Assert.Equal(message[2..6], await partial.Content.ReadAsByteArrayAsync(Cancel));

        using HttpRequestMessage again = new(HttpMethod.Get, $"{Messages}/{uid}/raw") { Headers = { IfNoneMatch = { response.Headers.ETag } } };
        using var notModified = await Program.Http.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, notModified.StatusCode);
    }

    [Fact]
    public async Task Eml_stands_behind_its_trace()
    {
        var message = TestMessages.Text("trace");
        var uid = await SendAsync(message);
        var found = await Program.GetAsync($"{Messages}/{uid}");
        var eml = await Program.Http.GetByteArrayAsync($"{Messages}/{uid}/eml", Cancel);
        var head = Encoding.ASCII.GetString(eml[..^message.Length]);
        Assert.Equal(message, eml[^message.Length..]);
        Assert.Matches(
            $@"\AReturn-Path: <a@x\.test>\r\nReceived: from client\.x\.test \(\[127\.0\.0\.1\]\)\r\n\tby mx\.y\.test with ESMTP id {found.GetProperty("id").GetString()}"
            + @"\r\n\tfor <b@y\.test>;\r\n\t\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n\z", head);
    }

    [Fact]
    public async Task A_list_is_paged_by_key()
    {
        for (var i = 0; i < 5; i++)
            await SendAsync(TestMessages.Text("page"));
        List<long> all = [];
        var path = $"{Messages}?limit=2&order=asc";
        for (long? next = 0; next is not null;)
        {
            var page = await Program.GetAsync($"{path}&after={next}");
            all.AddRange(page.GetProperty("messages").EnumerateArray().Select(each => each.GetProperty("uid").GetInt64()));
            next = page.GetProperty("next").ValueKind == JsonValueKind.Null ? null : page.GetProperty("next").GetInt64();
        }

        Assert.True(all.Count >= 5);
        Assert.Equal(all.Distinct().Order(), all);
        var newest = await Program.GetAsync($"{Messages}?limit=1");
        Assert.True(newest.GetProperty("messages")[0].GetProperty("uid").GetInt64() >= all[^1]);
        Assert.Equal(newest.GetProperty("messages")[0].GetProperty("uid").GetInt64(), newest.GetProperty("next").GetInt64());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=501")]
    [InlineData("limit=-1")]
    [InlineData("limit=1&limit=2")]
    [InlineData("after=x")]
    [InlineData("order=up")]
    public async Task A_wrong_parameter_is_named(string query)
    {
        using var response = await Program.Http.GetAsync($"{Messages}?{query}", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await AssertProblemAsync(response, query[..query.IndexOf('=', StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData("/api/mailboxes/99")]
    [InlineData("/api/mailboxes/99/messages")]
    [InlineData("/api/mailboxes/99/wait")]
    [InlineData("/api/mailboxes/1/messages/999999")]
    [InlineData("/api/mailboxes/1/messages/999999/raw")]
    [InlineData("/api/mailboxes/1/messages/999999/eml")]
    [InlineData("/api/mailboxes/x")]
    [InlineData("/nothing")]
    public async Task What_is_not_there_is_404_with_a_hint(string path)
    {
        using var response = await Program.Http.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await AssertProblemAsync(response, "/api/mailboxes");
    }

    [Fact]
    public async Task Deleting_takes_one_message()
    {
        var uid = await SendAsync(TestMessages.Text("to be deleted"));
        using var first = await Program.Http.DeleteAsync($"{Messages}/{uid}", Cancel);
        using var second = await Program.Http.DeleteAsync($"{Messages}/{uid}", Cancel);
        using var raw = await Program.Http.GetAsync($"{Messages}/{uid}/raw", Cancel);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (first.StatusCode, second.StatusCode, raw.StatusCode));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"uids":null}""")]
    public async Task A_body_that_names_no_message_deletes_none_also_without_a_length(string body)
    {
        var uid = await SendAsync(TestMessages.Text("not to be deleted"));
        using HttpRequestMessage request = new(HttpMethod.Delete, Messages) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;
        using var response = await Program.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var still = await Program.Http.GetAsync($"{Messages}/{uid}", Cancel);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_user_named_twice_is_refused_as_only_one_of_the_passwords_would_be_right()
    {
        using var response = await Program.Http.PostAsJsonAsync("/api/mailboxes", new { users = new[] { new { user = "twice" }, new { user = "TWICE" } } }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_client_that_goes_while_it_sends_is_no_failure_of_the_server()
    {
        using (Socket socket = new(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPEndPoint.Parse(Program.Http.BaseAddress!.Authority), Cancel);
            await socket.SendAsync("POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"u8.ToArray(), Cancel);
            await socket.ReceiveAsync(new byte[100], Cancel); // it reads now
            socket.LingerState = new LingerOption(true, 0);
        }

        await Program.GetAsync("/livez");
        await SendAsync(TestMessages.Text("after the one that went"));
        Assert.DoesNotContain("POST /api/projects failed", Program.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ends_when_the_message_comes()
    {
        using HttpClient waiting = new() { BaseAddress = Program.Http.BaseAddress };
        var wait = waiting.GetFromJsonAsync<JsonElement>("/api/mailboxes/1/wait?timeout=60&subject=AWAITED&to=B@Y&from=a@x", Cancel);
        await SendAsync(TestMessages.Text("something else"));
        var uid = await SendAsync(TestMessages.Text("the awaited one"));
        Assert.Equal(uid, (await wait).GetProperty("uid").GetInt64());
    }

    [Fact]
    public async Task Waiting_finds_what_is_there_already_and_honours_since()
    {
        var first = await SendAsync(TestMessages.Text("already there"));
        var second = await SendAsync(TestMessages.Text("already there"));
        Assert.Equal(first, (await Program.GetAsync("/api/mailboxes/1/wait?subject=already")).GetProperty("uid").GetInt64());
        Assert.Equal(second, (await Program.GetAsync($"/api/mailboxes/1/wait?subject=already&since={first}")).GetProperty("uid").GetInt64());
        using var none = await Program.Http.GetAsync($"/api/mailboxes/1/wait?subject=already&since={second}&timeout=0", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, none.StatusCode);
    }

    [Theory]
    [InlineData("timeout=301")]
    [InlineData("since=-1")]
    public async Task Waiting_has_bounds(string query)
    {
        using var response = await Program.Http.GetAsync($"/api/mailboxes/1/wait?{query}", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("evil.test", 421)]
    [InlineData("evil.test:8025", 421)]
    [InlineData("localhost.evil.test", 421)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1234", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8025", 200)]
    [InlineData("192.0.2.1", 421)]
    public async Task Only_our_own_names_are_answered(string host, int status)
    {
        foreach (var path in new[] { "/api/mailboxes", "/livez", "/nothing", "/api/mailboxes/1/messages/%2e%2e/raw" })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Host = host } };
            using var response = await Program.Http.SendAsync(request, Cancel);
            Assert.Equal(status == 421, response.StatusCode == HttpStatusCode.MisdirectedRequest);
        }
    }

    [Theory]
    [InlineData("Origin", "http://evil.test", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "http://127.0.0.1:1", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Origin", "self", true)]
    public async Task Another_site_changes_nothing(string header, string value, bool allowed)
    {
        var uid = await SendAsync(TestMessages.Text("origin"));
        using HttpRequestMessage request = new(HttpMethod.Delete, $"{Messages}/{uid}");
        request.Headers.Add(header, value == "self" ? Program.Http.BaseAddress!.GetLeftPart(UriPartial.Authority) : value);
        using var response = await Program.Http.SendAsync(request, Cancel);
        Assert.Equal(allowed ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, response.StatusCode);
        using var after = await Program.Http.GetAsync($"{Messages}/{uid}", Cancel);
        Assert.Equal(allowed ? HttpStatusCode.NotFound : HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task It_is_alive_and_ready()
    {
        Assert.Equal("live", (await Program.GetAsync("/livez")).GetProperty("status").GetString());
        Assert.Equal("ready", (await Program.GetAsync("/readyz")).GetProperty("status").GetString());
        var mailbox = (await Program.GetAsync("/api/mailboxes")).GetProperty("mailboxes")[0];
        Assert.Equal((1, "default"), (mailbox.GetProperty("id").GetInt32(), mailbox.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_says_which_are_right()
    {
        using var response = await Program.Http.PutAsync("/api/mailboxes/1", null, Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        await AssertProblemAsync(response, "GET");
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, string hint)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        Assert.Contains(hint, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private async Task<long> SendAsync(byte[] message)
    {
        using var client = await RawClient.ConnectAsync(Program.Smtp, Cancel);
        var reply = await client.MessageAsync(message);
        Assert.Matches(@"\A250 2\.0\.0 Queued as [0-9A-Z]{13}\z", reply);
        var newest = await Program.GetAsync($"{Messages}?limit=500");
        return newest.GetProperty("messages").EnumerateArray().First(each => reply.EndsWith(each.GetProperty("id").GetString()!, StringComparison.Ordinal)).GetProperty("uid").GetInt64();
    }
}
