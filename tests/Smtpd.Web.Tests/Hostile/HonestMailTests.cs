using System.Collections.Concurrent;
using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>What must go on working behind the walls, and what only a browser of its own shows.</summary>
public sealed class HonestMailTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    private const string Html = """
        <style>@font-face { font-family: x; src: url(http://pictures.test/x.woff2) } p { font-family: x }</style>
        <p>Hello <img id=own src="cid:logo@x.test"> <img id=other src="http://pictures.test/a.png" width=9 height=9> <a id=link href="http://honest.link.test/">Look</a>
        """;

    [Fact]
    public async Task Pictures_fonts_and_links_work()
    {
        var uid = await SendAsync(new Letter("Honest") { Html = Html, Attachments = [new("logo.png", "image/png", TestPictures.Png, "logo@x.test")] });
        var path = $"/api/mailboxes/1/messages/{uid}/html";
        var page = await NewPageAsync(new() { Tolerates = PageFaults.OtherHost | PageFaults.Console });
        ConcurrentQueue<(string Kind, string? Referrer)> asked = new();
        await page.Context.RouteAsync("http://pictures.test/**", async route =>
        {
            asked.Enqueue((route.Request.ResourceType, await route.Request.HeaderValueAsync("referer")));
            await route.FulfillAsync(new() { ContentType = "image/png", BodyBytes = TestPictures.Png });
        });
        foreach (var query in new[] { "", "?remote=allow" })
        {
            await page.Context.RouteAsync("**/frame-test", route => route.FulfillAsync(new() { ContentType = "text/html", Body = $"<iframe {Stage.Sandbox} src='{path}{query}'></iframe>" }));
            foreach (var way in new[] { path + query, "/frame-test" })
            {
                await page.GoToAsync(way);
                var mail = way == path + query ? page.Page.MainFrame : page.Page.Frames[1];
                await Assertions.Expect(mail.Locator("#own")).ToHaveJSPropertyAsync("naturalWidth", 1);
                Assert.Equal(query.Length > 0 ? [("font", null), ("image", null)] : [], asked.Distinct().OrderBy(each => each.Kind).Select(each => (each.Kind, each.Referrer)));
                var window = await page.Context.RunAndWaitForPageAsync(() => mail.Locator("#link").ClickAsync());
                await Assertions.Expect(window).ToHaveTitleAsync("opener null, referrer none");
                await window.CloseAsync();
            }
        }
    }

    [Fact]
    public async Task No_name_of_a_mail_is_looked_up_ahead()
    {
        const string hints = "<link rel=dns-prefetch href=//WHO-dns.localhost><link rel=preconnect href=http://WHO-connect.localhost:9><a href=http://WHO-plain.localhost:9/>a</a><a href=https://WHO-secure.localhost:9/>b</a>"
            + "<img src=http://WHO-picture.localhost:9/>";
        var uid = await SendAsync(new Letter("Ahead") { Html = hints.Replace("WHO", "mail", StringComparison.Ordinal) });
        await using var other = await OtherSite.StartAsync(hints.Replace("WHO", "other", StringComparison.Ordinal));
        using TemporaryDirectory directory = new();
        var context = await Web.Chromium.LaunchLoggingAsync(directory["profile"], directory["log"]);
        await context.Pages[0].GotoAsync(new Uri(Smtpd.Http.BaseAddress!, $"/api/mailboxes/1/messages/{uid}/html").ToString());
        // The same hints of a page that may give some: when the log has these, it would have those of the mail.
        await Poll.UntilAsync(
            async () =>
            {
                await context.Pages[0].GotoAsync($"http://127.0.0.1:{other.Port}/");
                var soFar = await ReadAsync(directory["log"]);
                return new[] { "other-dns", "other-connect", "other-picture" }.All(each => soFar.Contains(each + ".localhost", StringComparison.Ordinal));
            },
            Cancel);
        await context.CloseAsync();
        var log = await ReadAsync(directory["log"]);
        foreach (var name in new[] { "mail-dns", "mail-connect", "mail-plain", "mail-secure", "mail-picture" })
            Assert.DoesNotContain(name, log, StringComparison.Ordinal);
    }

    // The browser may be writing it.
    private static async Task<string> ReadAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        return await reader.ReadToEndAsync(Cancel);
    }
}
