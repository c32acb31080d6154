using Microsoft.Playwright;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>Phone, tablet and desktop; light and dark.</summary>
public sealed class LayoutTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task A_phone_shows_one_pane_at_a_time()
    {
        var mailbox = await AddMailboxAsync("pocket");
        await SendAsync(new Letter("Hello"), mailbox);
        var page = await OpenAsync("/mailboxes/1", PageOptions.Phone);
        await page.ClickAsync("open-sidebar");
        await page.GetByTestId("mailbox").Filter(new() { HasText = "pocket" }).ClickAsync();
        await page.Expect("list-title").ToHaveTextAsync("pocket");
        await page.Expect("right-pane").ToBeHiddenAsync();
        await page.GetByTestId("message-link").ClickAsync();
        await page.Expect("subject").ToHaveTextAsync("Hello");
        await page.Expect("list-pane").ToBeHiddenAsync();
        Assert.Equal(390, await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await page.ClickAsync("back");
        await page.Expect("message-row").ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_tablet_shows_two_panes_and_a_desktop_three()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(new Letter("Hello"), mailbox);
        var tablet = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}", PageOptions.Tablet);
        await tablet.Expect("list-pane").ToBeVisibleAsync();
        await tablet.Expect("subject").ToBeVisibleAsync();
        await tablet.Expect("sidebar").ToBeHiddenAsync();
        var desktop = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}", new() { Width = 1280 });
        foreach (var pane in new[] { "sidebar", "list-pane", "right-pane" })
            await desktop.Expect(pane).ToBeInViewportAsync();
    }

    [Fact]
    public async Task The_theme_follows_the_system_until_one_is_chosen()
    {
        var page = await OpenAsync("/mailboxes/1", PageOptions.Dark);
        await Assertions.Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.ClickAsync("theme-light");
        await Assertions.Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
    }
}
