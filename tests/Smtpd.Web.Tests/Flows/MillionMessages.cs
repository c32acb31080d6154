using System.Globalization;
using System.Text.Json;
using System.Web;
using Microsoft.Playwright;

namespace Smtpd.Web.Tests.Flows;

/// <summary>Answers for the server as if a mailbox had a million messages: the page's own part, and none of the database's.</summary>
internal sealed class MillionMessages(int mailboxId, int count)
{
    private int asked;

    public int Asked => asked;

    public async Task AnswerAsync(IPage page)
    {
        await page.RouteAsync("**/api/mailboxes?*", async route => await AnswerAsync(route, new { mailboxes = new[] { Mailbox() } }));
        await page.RouteAsync($"**/api/mailboxes/{mailboxId}/messages?*", async route =>
        {
            Interlocked.Increment(ref asked);
            var query = HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query);
            var limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
            var isAscending = query["order"] == "asc";
            var after = query["after"] is string text ? int.Parse(text, CultureInfo.InvariantCulture) : isAscending ? 0 : count + 1;
            var uids = isAscending ? Enumerable.Range(after + 1, Math.Max(0, Math.Min(limit, count - after))) : Enumerable.Range(1, Math.Max(0, Math.Min(limit, after - 1))).Select(each => after - each);
            var messages = uids.ToList();
            var isLast = messages.Count == 0 || messages[^1] == (isAscending ? count : 1);
            await AnswerAsync(route, new { messages = messages.Select(Message), next = isLast ? null : (int?)messages[^1] });
        });
        await page.RouteAsync($"**/api/mailboxes/{mailboxId}", async route => await AnswerAsync(route, Mailbox()));
    }

    private static Task AnswerAsync(IRoute route, object body) => route.FulfillAsync(new() { ContentType = "application/json", Body = JsonSerializer.Serialize(body) });

    private object Mailbox() => new { id = mailboxId, name = "million", project = 1, open = true, createdAt = "2026-11-01T00:00:00Z", messages = count, unread = 0, bytes = 1 };

    private object Message(int uid) => new
    {
        uid,
        mailboxId,
        id = uid.ToString("D12", CultureInfo.InvariantCulture),
        receivedAt = DateTime.UnixEpoch.AddSeconds(1_790_000_000 + uid),
        size = 1000,
        sha256 = "",
        envelope = new { from = "a@x.test", to = new[] { "b@y.test" }, helo = "x", remoteAddress = "127.0.0.1" },
        subject = $"Message {uid}",
        from = new { name = "Somebody", address = "a@x.test" },
        to = Array.Empty<object>(),
        cc = Array.Empty<object>(),
        snippet = "Words",
        attachments = Array.Empty<object>(),
        flags = new { read = true, pinned = false },
        tags = Array.Empty<string>(),
        warnings = Array.Empty<object>(),
    };
}
