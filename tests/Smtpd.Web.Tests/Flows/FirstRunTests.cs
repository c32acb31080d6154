using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>Somebody starts the program for the first time, and makes a mailbox.</summary>
public sealed class FirstRunTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task An_empty_mailbox_shows_how_to_send_to_it_and_the_first_message_comes_by_itself()
    {
        var page = await OpenAsync("/");
        await page.ExpectPathAsync("/mailboxes/1");
        await page.Expect("connect").ToContainTextAsync($"{Smtpd.Smtp.Port}");
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
        await page.GetByRole(AriaRole.Button, "Send a test message to this mailbox").ClickAsync();
        await page.Expect("message-row").ToHaveCountAsync(1);
        await page.GetByTestId("message-link").ClickAsync();
        await page.Expect("preview-frame").ToBeVisibleAsync();
        await page.ClickAsync("open-connect");
        await page.ExpectPathAsync("/mailboxes/1/connect");
    }

    [Fact]
    public async Task A_new_mailbox_says_its_password_once()
    {
        var page = await OpenAsync("/mailboxes/1");
        await page.ClickAsync("open-new-mailbox");
        await page.GetByLabel("Name").FillAsync("orders");
        await page.PressAsync("Enter");
        await page.ClickAsync("new-mailbox-connect");
        await page.Expect("list-title").ToHaveTextAsync("orders");
        await page.Expect("connect").ToBeVisibleAsync();
        await Poll.UntilAsync(async () => (await Smtpd.GetAsync("/api/mailboxes")).GetProperty("mailboxes").EnumerateArray().Any(each => each.GetProperty("name").GetString() == "orders"), Cancel);
    }
}
