using Microsoft.Playwright;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>Without a mouse.</summary>
public sealed class KeyboardTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task Everything_is_done_by_keys()
    {
        var mailbox = await AddMailboxAsync("keys");
        foreach (var subject in new[] { "C", "B", "A" })
            await SendAsync(new Letter(subject), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("message-row").ToHaveCountAsync(3);
        await page.PressAsync("j");
        await page.Expect("subject").ToHaveTextAsync("A");
        await page.PressAsync("j");
        await page.Expect("subject").ToHaveTextAsync("B");
        await page.PressAsync("k");
        await page.Expect("subject").ToHaveTextAsync("A");
        await page.PressAsync("]");
        await page.Expect("text").ToContainTextAsync("Hello");
        await page.PressAsync("e");
        await page.Expect("unread-here").ToHaveTextAsync("2");
        await page.PressAsync("x");
        await page.Expect("selected-count").ToHaveTextAsync("1 message");
        await page.PressAsync("#");
        await page.Expect("message-row").ToHaveCountAsync(2);
        await page.PressAsync("u");
        await page.ExpectPathAsync($"/mailboxes/{mailbox.Id}");
        await page.PressAsync("/");
        await page.Expect("search-input").ToBeFocusedAsync();
        await page.PressAsync("Escape");
        await page.Page.RunAndWaitForRequestAsync(() => page.PressAsync("r"), request => request.Url.Contains($"/api/mailboxes/{mailbox.Id}/messages?", StringComparison.Ordinal));
        await page.PressAsync("g", "i");
        await page.ExpectPathAsync("/mailboxes/1");
        await page.PressAsync("?");
        await page.Expect("shortcut-sheet").ToBeVisibleAsync();
        await page.PressAsync("Escape");
        await page.Expect("shortcut-sheet").ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_palette_finds_commands_and_mailboxes()
    {
        await AddMailboxAsync("palette");
        var page = await OpenAsync("/mailboxes/1");
        await page.Expect("list-title").ToHaveTextAsync("default");
        await page.PressAsync("Control+k");
        await page.Expect("palette-input").ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("go palette");
        await page.Expect("palette-command").ToHaveCountAsync(1);
        await page.PressAsync("Enter");
        await page.Expect("list-title").ToHaveTextAsync("palette");
        await page.PressAsync("Control+k");
        await page.Expect("palette-input").ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("dark");
        await page.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    [Fact]
    public async Task Shortcuts_can_be_switched_off_and_stay_so()
    {
        var mailbox = await AddMailboxAsync();
        await SendAsync(new Letter("Hello"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("message-row").ToHaveCountAsync(1);
        await page.PressAsync("?");
        await page.GetByTestId("shortcuts-on").UncheckAsync();
        await page.ClickAsync("close-shortcuts");
        await page.PressAsync("j");
        await page.Page.ReloadAsync();
        await page.Expect("message-row").ToHaveCountAsync(1);
        await page.PressAsync("j");
        await page.ExpectPathAsync($"/mailboxes/{mailbox.Id}");
        await page.PressAsync("Control+k");
        await page.Expect("palette").ToBeVisibleAsync();
    }

    [Fact]
    public async Task Tab_leads_through_the_page_and_tabs_are_left_by_arrows()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(new Letter("Hello"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}");
        await page.Expect("subject").ToBeVisibleAsync();
        await page.PressAsync("Tab");
        await Assertions.Expect(page.Page.Locator(".skip-link")).ToBeFocusedAsync();
        await page.GetByTestId("tab-preview").FocusAsync();
        await page.PressAsync("ArrowRight");
        await page.Expect("tab-text").ToBeFocusedAsync();
        await page.Expect("text").ToContainTextAsync("Hello");
    }
}
