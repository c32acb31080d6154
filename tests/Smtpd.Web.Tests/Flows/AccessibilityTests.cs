using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>What axe finds in the states of the page, in light and dark.</summary>
public sealed class AccessibilityTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_state_of_the_page_has_serious_findings(bool isDark)
    {
        var mailbox = await AddMailboxAsync(isDark ? "dark" : "light");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}", new() { IsDark = isDark });
        await page.Expect("connect").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();

        var uid = await SendAsync(
            new Letter("Your code is 493 817") { Html = "<p>Your code is 493 817. <a href=https://x.test/confirm>Confirm</a></p>", Attachments = [new("a.txt", "text/plain", "A"u8.ToArray())] }, mailbox);
        await page.GoToAsync($"/mailboxes/{mailbox.Id}/messages/{uid}");
        await page.Expect("preview-frame").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();
        foreach (var tab in new[] { "text", "source", "codes", "headers", "parts", "raw", "session", "checks", "attachments" })
        {
            await page.ClickAsync($"tab-{tab}");
            await page.Expect($"content-{tab}").ToBeVisibleAsync();
            await page.Expect("loading").ToHaveCountAsync(0);
            await page.ExpectAccessibleAsync();
        }

        await page.GoToAsync($"/mailboxes/{mailbox.Id}/settings");
        await page.Expect("settings").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();
        await page.GoToAsync($"/mailboxes/{mailbox.Id}/sessions");
        await page.Expect("sessions-view").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();
        await page.PressAsync("?");
        await page.Expect("shortcut-sheet").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();
        await page.PressAsync("Escape", "Control+k");
        await page.Expect("palette").ToBeVisibleAsync();
        await page.ExpectAccessibleAsync();
    }
}
