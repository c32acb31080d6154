using Microsoft.Playwright;
using Smtpd.Server.Tests;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>The fixture itself: a page that does what it should not is found out.</summary>
public sealed class FixtureTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task A_letter_is_sent_and_opened()
    {
        var uid = await SendAsync(new Letter("Hello") { Html = "<p id=greeting>Grüße <b>Bob</b>", Attachments = [new("a.txt", "text/plain", "A"u8.ToArray())] });
        var page = await OpenAsync($"/api/mailboxes/1/messages/{uid}/html");
        await Assertions.Expect(page.Page.Locator("#greeting")).ToHaveTextAsync("Grüße Bob");
        Assert.Equal($"/api/mailboxes/1/messages/{uid}/html", page.Path);
        Assert.Equal("A", await Smtpd.Http.GetStringAsync($"/api/mailboxes/1/messages/{uid}/attachments/1", Cancel));
        var mailbox = await AddMailboxAsync("Orders");
        Assert.Equal(1, await SendAsync(new Letter("Order"), mailbox));
        Assert.Equal("Order", (await Smtpd.GetAsync($"/api/mailboxes/{mailbox.Id}/messages/1")).GetProperty("subject").GetString());
    }

    [Fact]
    public async Task Faults_are_found_unless_they_are_tolerated()
    {
        (PageFaults Kind, string Html, string Expected)[] table =
        [
            (PageFaults.Exception, "<script>throw new Error('oops')</script>", "oops"),
            (PageFaults.Console, "<script>console.error('oops')</script>", "oops"),
            (PageFaults.Policy, "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\"><img src=/x.png>", "img-src"),
            (PageFaults.Policy, "<iframe sandbox srcdoc='<script>1</script>'></iframe>", "sandboxed"),
            (PageFaults.Answer, "<img src=/nothing-is-here>", "404 to GET"),
            (PageFaults.OtherHost, "<img src=http://a.elsewhere.test/x.png>", "http://a.elsewhere.test/x.png (image)"),
        ];
        var strict = await NewPageAsync();
        var tolerant = await NewPageAsync(new() { Tolerates = PageFaults.All });
        foreach ((var kind, var html, var expected) in table)
        {
            await ShowAsync(strict, html);
            await Poll.UntilAsync(() => strict.TakeFaults().Any(each => each.Kind == kind && each.What.Contains(expected, StringComparison.Ordinal)), Cancel);
            await ShowAsync(tolerant, html);
        }

        await strict.CloseAsync();
        Assert.Empty(await tolerant.CloseAsync());
    }

    [Fact]
    public async Task What_leaves_the_browser_comes_to_the_trap()
    {
        var page = await NewPageAsync(new() { Tolerates = PageFaults.All });
        await ShowAsync(page, "<img src=http://plain.elsewhere.test/x.png><img src=https://secret.elsewhere.test/x.png>");
        foreach (var expected in new[] { "Host: plain.elsewhere.test", "TLS with secret.elsewhere.test" })
            await Poll.UntilAsync(() => Web.Chromium.Trap.Caught.Any(each => each.Contains(expected, StringComparison.Ordinal)), Cancel);
        Assert.Empty(await page.CloseAsync());
    }

    [Fact]
    public async Task What_keeps_people_out_is_found()
    {
        var page = await NewPageAsync();
        await ShowAsync(page, "<!DOCTYPE html><html lang=en><title>Fine</title><main><h1>Fine</h1><button>Send</button></main>");
        await page.ExpectAccessibleAsync();
        await ShowAsync(page, "<!DOCTYPE html><html lang=en><title>Bad</title><main><h1>Bad</h1><button id=nameless></button></main>");
        Assert.Contains("button-name", (await Assert.ThrowsAnyAsync<Exception>(page.ExpectAccessibleAsync)).Message, StringComparison.Ordinal);
    }

    private static async Task ShowAsync(WebPage page, string html)
    {
        await page.Page.UnrouteAllAsync();
        await page.Page.RouteAsync("**/shown", route => route.FulfillAsync(new() { ContentType = "text/html", Body = html }));
        await page.GoToAsync("/shown");
    }
}
