using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Smtpd.Server.Tests.Running;

/// <summary>Whatever is sent to REST, the answer is the sender's fault, told as a problem, and never ours.</summary>
public sealed class RestAbuseTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    private static readonly string[] Paths =
    [
        "/api/projects", "/api/projects/1", "/api/mailboxes", "/api/mailboxes/1", "/api/mailboxes/1/users", "/api/mailboxes/1/users/x/password", "/api/mailboxes/1/addresses", "/api/mailboxes/1/messages",
        "/api/mailboxes/1/messages/1", "/api/mailboxes/1/messages/1/ack", "/api/mailboxes/1/messages/1/nack", "/api/mailboxes/1/lease",
    ];

    private SmtpdProcess Program => fixture.Program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Bodies => new()
    {
        { "application/json", "" },
        { "application/json", "{" },
        { "application/json", "\uFEFF{}" },
        { "application/json", "1e999" },
        { "application/json", "\"text\"" },
        { "application/json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]" },
        { "application/json", "{\"a\":" + new string('[', 10_000) },
        { "application/json", "{\"name\":\"" + new string('x', 100_000) + "\"}" },
        { "application/json", "{\"name\":\"\\ud800\",\"token\":\"\\udfff\",\"user\":\"\\ud800\",\"rule\":\"\\ud800\",\"password\":\"\\ud800\"}" },
        { "application/json", "{\"name\":\"a\\u0000b\"}" },
        { "application/json", "{\"uids\":[9223372036854775808]}" },
        { "application/json", "{\"uids\":[-1,0,9223372036854775807],\"read\":true}" },
        { "application/json", "{\"token\":null}" },
        { "application/json", "{\"ttl\":2147483647}" },
        { "application/json", "{\"ttl\":\"999999999d\"}" },
        { "application/json", "{\"expiresAt\":\"9999-12-31T23:59:59.9999999+00:00\",\"users\":[],\"addresses\":[]}" },
        { "application/json", "{\"expiresAt\":\"0001-01-01T00:00:00+14:00\"}" },
        { "application/json", "{\"limits\":{\"age\":\"999999999d\"}}" },
        { "application/json; charset=utf-16", "{}" },
        { "text/plain", "{}" },
        { "application/x-www-form-urlencoded", "name=x" },
        { "nonsense", "{}" },
        { "message/rfc822", "\0\0\0" },
        { "application/mbox", "From \r\n\r\nFrom " },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task No_body_makes_the_server_fail(string contentType, string body)
    {
        foreach (var path in Paths)
        {
            foreach (var method in new[] { "POST", "PATCH" })
            {
                using HttpRequestMessage request = new(new HttpMethod(method), path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
                using var response = await Program.Http.SendAsync(request, Cancel);
                Assert.True((int)response.StatusCode < 500, $"{method} {path} {body[..Math.Min(body.Length, 100)]}: {response.StatusCode}");
            }
        }
    }

    [Theory]
    [InlineData("/api/mailboxes/99999999999999999999")]
    [InlineData("/api/mailboxes/-1")]
    [InlineData("/api/mailboxes/1/messages/99999999999999999999999")]
    [InlineData("/api/mailboxes/1/messages/-9223372036854775808")]
    [InlineData("/api/mailboxes/1/messages?after=9223372036854775807")]
    [InlineData("/api/mailboxes/1/messages?after=9223372036854775808")]
    [InlineData("/api/mailboxes/1/messages/1/parts/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/mailboxes/1/messages/1/attachments/-1")]
    [InlineData("/api/mailboxes/1/messages/1/attachments/1?key=%00")]
    [InlineData("/api/mailboxes/1/users/%00")]
    [InlineData("/api/mailboxes/1/wait?timeout=0&to=%ff%fe")]
    [InlineData("/api/mailboxes/1/wait?timeout=0&form=x")]
    [InlineData("/api/search?q=%22&mailbox=1")]
    [InlineData("/api/search?q=((((((((((((((((((((((((((((((")]
    [InlineData("/api/search?after=zzzzzzzzzzzzz-1")]
    [InlineData("/api/events?mailbox=99999")]
    [InlineData("/api/events?mailbox=x")]
    [InlineData("/api/%e2%80%ae")]
    [InlineData("/api//mailboxes")]
    public async Task No_address_makes_the_server_fail(string path)
    {
        foreach (var method in new[] { "GET", "DELETE", "HEAD", "PUT", "OPTIONS" })
        {
            if (method == "DELETE" && path.Contains("messages?", StringComparison.Ordinal))
                continue;
            using HttpRequestMessage request = new(new HttpMethod(method), path);
            using var response = await Program.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            Assert.InRange((int)response.StatusCode, 200, 499);
        }
    }

    [Fact]
    public async Task A_large_body_is_refused_before_it_is_read()
    {
        foreach (var path in Paths)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[2 << 20]), Headers = { ExpectContinue = true } };
            request.Content.Headers.ContentType = new("application/json");
            using var response = await Program.Http.SendAsync(request, Cancel);
            Assert.True(response.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnsupportedMediaType, $"{path}: {response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("GET /api/mailboxes HTTP/1.1\r\n\r\n")] // no Host
    [InlineData("GET /api/mailboxes HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET http://evil.test/api/mailboxes HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("POST /api/mailboxes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /api/mailboxes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n")]
    public async Task What_is_no_HTTP_is_refused(string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPEndPoint.Parse(Program.Http.BaseAddress!.Authority), Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
        using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
        Assert.Matches("^HTTP/1.1 4[0-9][0-9] ", await reader.ReadLineAsync(Cancel));
    }
}
