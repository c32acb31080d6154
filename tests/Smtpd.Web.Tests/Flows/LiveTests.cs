using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>What arrives while somebody looks.</summary>
public sealed class LiveTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task New_mail_shows_up_at_once_and_is_counted()
    {
        var mailbox = await AddMailboxAsync("live");
        await SendAsync(new Letter("Before"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
        await SendAsync(new Letter("During"), mailbox);

        await Assertions.Expect(page.GetByTestId("message-row").First).ToContainTextAsync("During");
        await page.Expect("list-count").ToHaveTextAsync("2 messages");
        await page.Expect("unread-here").ToHaveTextAsync("2");
        await page.ExpectTitleAsync("(2) live · smtpd");
        await Assertions.Expect(page.Page.Locator("#favicon")).ToHaveAttributeAsync("href", "/favicon-unread.svg");

        await page.GetByTestId("message-link").First.ClickAsync();
        await page.Expect("subject").ToHaveTextAsync("During");
        await page.ExpectTitleAsync("(1) During · smtpd");
    }

    [Fact]
    public async Task What_is_read_further_down_stays_where_it_is()
    {
        var mailbox = await AddMailboxAsync();
        for (var i = 1; i <= 40; i++)
            await SendAsync(new Letter($"Number {i}"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
        await page.Expect("list-count").ToHaveTextAsync("40 messages");
        await page.GetByTestId("message-list").EvaluateAsync("list => list.scrollTop = 600");
        var row = page.Page.Locator("[data-testid=message-row][data-uid='25']");
        await Assertions.Expect(row).ToBeInViewportAsync();
        var before = await row.BoundingBoxAsync();

        await SendAsync(new Letter("Number 41"), mailbox);
        await page.Expect("arrived-above").ToHaveTextAsync("1 new message");
        // The button that says so takes some room of the list itself; what is in the list has not moved against it.
        var list = await page.GetByTestId("message-list").BoundingBoxAsync();
        var after = await row.BoundingBoxAsync();
        await page.ClickAsync("arrived-above");
        await Assertions.Expect(page.GetByTestId("message-row").First).ToContainTextAsync("Number 41");
        await page.Expect("arrived-above").ToBeHiddenAsync();
        var top = await page.GetByTestId("message-list").BoundingBoxAsync();
        Assert.Equal(before!.Y - top!.Y, after!.Y - list!.Y, 1.0);
    }

    [Fact]
    public async Task What_others_delete_and_mark_is_seen()
    {
        var mailbox = await AddMailboxAsync();
        var first = await SendAsync(new Letter("Stays"), mailbox);
        var second = await SendAsync(new Letter("Goes"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
        await page.Expect("message-row").ToHaveCountAsync(2);
        await Smtpd.AskAsync("DELETE", $"/api/mailboxes/{mailbox.Id}/messages/{second}", null, System.Net.HttpStatusCode.NoContent);
        await Smtpd.AskAsync("PATCH", $"/api/mailboxes/{mailbox.Id}/messages/{first}", """{"read":true}""");
        await page.Expect("message-row").ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByTestId("message-row")).Not.ToHaveClassAsync(new Regex("is-unread", RegexOptions.None, TimeSpan.FromSeconds(1)));
        await page.Expect("unread-here").ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_lost_connection_is_said_and_nothing_is_missed_when_it_is_back()
    {
        var mailbox = await AddMailboxAsync();
        await SendAsync(new Letter("First"), mailbox);
        var page = await NewPageAsync(new() { Tolerates = PageFaults.Console });
        await page.Page.RouteAsync("**/api/events*", route => route.AbortAsync());
        await page.GoToAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("connection-lost").ToBeVisibleAsync();
        await SendAsync(new Letter("Meanwhile"), mailbox);
        await page.Page.UnrouteAsync("**/api/events*");
        await page.Expect("connection-back").ToBeVisibleAsync(new() { Timeout = 15_000 });
        await Assertions.Expect(page.GetByTestId("message-row").First).ToContainTextAsync("Meanwhile");
    }
}
