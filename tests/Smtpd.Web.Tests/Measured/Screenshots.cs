using System.Text;
using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Measured;

/// <summary>The pictures of the README: <c>docs/images/take</c> runs it. Nothing is asserted but that the page gets there.</summary>
public sealed class Screenshots(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    private static readonly PageOptions Wide = new() { Width = 1440, Height = 900, HasOwnColourScheme = true };

    [Fact(Explicit = true)]
    public async Task Take()
    {
        await Smtpd.AskAsync("PATCH", "/api/mailboxes/1", """{"name":"Shop, staging"}""");
        await Smtpd.AskAsync("POST", "/api/mailboxes", """{"name":"Newsletter"}""", System.Net.HttpStatusCode.Created);
        var empty = (await Smtpd.AskAsync("POST", "/api/mailboxes", """{"name":"Signup tests","users":[{"user":"signup-tests"}],"addresses":["signup@northwind.example"]}""", System.Net.HttpStatusCode.Created)).GetProperty("id").GetInt32();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Demo")).Order(StringComparer.Ordinal))
            await SendAsync(await File.ReadAllBytesAsync(file, Cancel));
        await Smtpd.AskAsync("PATCH", "/api/mailboxes/1/messages", """{"uids":[1,2,3,4],"read":true}""");
        await Smtpd.AskAsync("PATCH", "/api/mailboxes/1/messages/7", """{"addTags":["release-7"],"pinned":true}""");

        var page = await OpenAsync("/mailboxes/1/messages/7", Wide);
        await Assertions.Expect(page.Frame("preview-frame").GetByText("Track the parcel")).ToBeVisibleAsync();
        await KeepAsync(page, "message");
        await page.ClickAsync("tab-checks");
        await page.Expect("loading").ToHaveCountAsync(0);
        await page.GoToAsync("/mailboxes/1/messages/5?tab=checks");
        await page.Expect("content-checks").ToContainTextAsync("http");
        await page.Expect("loading").ToHaveCountAsync(0);
        await KeepAsync(page, "checks");
        await page.GoToAsync("/mailboxes/1/messages/8?tab=codes");
        await page.Expect("code-value").ToBeVisibleAsync();
        await KeepAsync(page, "codes");
        await page.GoToAsync("/mailboxes/1/messages/9/compare/1/6?tab=html");
        await page.Expect("compare-panel-html").ToContainTextAsync("<h1>");
        await KeepAsync(page, "compare");
        await page.GoToAsync("/mailboxes/1?q=from%3Anorthwind+order");
        await page.GetByTestId("message-link").First.ClickAsync();
        await page.Expect("subject").ToBeVisibleAsync();
        await page.GoToAsync("/mailboxes/1/messages/7?q=from%3Anorthwind+order&tab=session");
        await page.Expect("dialogue").ToBeVisibleAsync();
        await KeepAsync(page, "search");
        await page.GoToAsync($"/mailboxes/{empty}");
        await page.Expect("connect").ToContainTextAsync("curl");
        await KeepAsync(page, "connect");

        var dark = await OpenAsync("/mailboxes/1/messages/7", Wide);
        await dark.ClickAsync("theme-dark");
        await dark.ClickAsync("scheme-dark");
        await dark.ClickAsync("device-phone");
        await Assertions.Expect(dark.Frame("preview-frame").GetByText("Track the parcel")).ToBeVisibleAsync();
        await KeepAsync(dark, "dark");

        var phone = await OpenAsync("/mailboxes/1", PageOptions.Phone);
        await phone.Expect("message-row").ToHaveCountAsync(9);
        await KeepAsync(phone, "phone-list");
        await phone.GetByTestId("message-link").First.ClickAsync();
        await Assertions.Expect(phone.Frame("preview-frame").GetByText("Confirm my address")).ToBeVisibleAsync();
        await KeepAsync(phone, "phone-message");
        var tablet = await OpenAsync("/mailboxes/1/messages/8", PageOptions.Tablet);
        await Assertions.Expect(tablet.Frame("preview-frame").GetByText("It is valid")).ToBeVisibleAsync();
        await KeepAsync(tablet, "tablet");
    }

    private static Task KeepAsync(WebPage page, string name) => page.Page.ScreenshotAsync(new() { Path = RepositoryFile.Path($"docs/images/{name}.png"), Animations = ScreenshotAnimations.Disabled });
}
