using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>One message, looked at in every way.</summary>
public sealed class ReadingTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    private static readonly byte[] Dot =
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static readonly Letter Rich = new("Your code")
    {
        Text = "Your code is 493 817.\nSee https://shop.test/a?b=1",
        Html = """
            <html lang="en"><head><style>body { color: #111 } @media (prefers-color-scheme: dark) { body { background: #010203 } }</style></head>
            <body><p id="words">Your code is <b>493 817</b>.</p><img src="cid:dot"><img src="http://elsewhere.test/pixel.png"><a href="https://shop.test/confirm?key=1">Confirm your address</a></body></html>
            """,
        Attachments = [new("dot.png", "image/png", Dot, "dot"), new("notes.txt", "text/plain", "Notes within"u8.ToArray())],
        Fields = ["Message-ID: <1@x.test>", "Received: from a.test (a.test [192.0.2.1]) by b.test with ESMTPS; Tue, 03 Feb 2026 10:00:02 +0000"],
    };

    [Fact]
    public async Task Every_tab_shows_what_it_is_for()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(Rich, mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}");
        await Assertions.Expect(page.Frame("preview-frame").Locator("#words")).ToHaveTextAsync("Your code is 493 817.");
        await page.Expect("blocked").ToContainTextAsync("One picture");

        (string Tab, string Shown, string Text)[] tabs =
        [
            ("text", "text", "Your code is 493 817."),
            ("source", "source", "prefers-color-scheme"),
            ("codes", "code-value", "493 817"),
            ("headers", "content-headers", "Message-ID"),
            ("parts", "part-tree", "multipart/mixed"),
            ("raw", "raw", "Subject: Your code"),
            ("session", "dialogue", "MAIL FROM:"),
            ("checks", "content-checks", "List-Unsubscribe"),
            ("attachments", "content-attachments", "notes.txt"),
        ];
        foreach ((var tab, var shown, var text) in tabs)
        {
            await page.ClickAsync($"tab-{tab}");
            await page.Expect(shown).ToContainTextAsync(text, new() { IgnoreCase = true });
            await page.ExpectPathAsync($"/mailboxes/{mailbox.Id}/messages/{uid}?tab={tab}");
        }
    }

    [Fact]
    public async Task The_source_is_searched_and_a_link_to_a_line_leads_there()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(new Letter("Long") { Html = string.Concat(Enumerable.Range(1, 300).Select(each => $"<p>line {each}</p>\n")) }, mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}?tab=source#L200");
        await Assertions.Expect(page.GetByTestId("source").Locator("li.is-target")).ToHaveTextAsync("<p>line 200</p>");
        await Assertions.Expect(page.GetByTestId("source").Locator("li.is-target")).ToBeInViewportAsync();
        await page.GetByTestId("source-find").FillAsync("LINE 29");
        await page.Expect("source-hits").ToHaveTextAsync("1 of 11 lines");
        await page.PressAsync("Enter");
        await page.Expect("source-hits").ToHaveTextAsync("2 of 11 lines");
        await Assertions.Expect(page.GetByTestId("source").Locator("li.is-target mark")).ToHaveTextAsync("line 29");
    }

    [Fact]
    public async Task The_preview_has_the_size_and_the_colours_that_were_chosen()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(Rich, mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}", new() { HasOwnColourScheme = true });
        var body = page.Frame("preview-frame").Locator("body");
        await Assertions.Expect(body).Not.ToHaveCSSAsync("background-color", "rgb(1, 2, 3)");
        await page.ClickAsync("scheme-dark");
        await Assertions.Expect(body).ToHaveCSSAsync("background-color", "rgb(1, 2, 3)");
        await page.ClickAsync("device-phone");
        await page.Expect("device-size").ToHaveTextAsync("390 × 844");
        Assert.Equal(390, await body.EvaluateAsync<int>("() => innerWidth"));
        await page.ClickAsync("rotate");
        Assert.Equal(844, await body.EvaluateAsync<int>("() => innerWidth"));
        await page.GetByTestId("zoom").SelectOptionAsync("50");
        Assert.Equal(422, (await page.GetByTestId("preview-frame").BoundingBoxAsync())!.Width, 1.0);
    }

    [Fact]
    public async Task Pictures_of_others_are_fetched_only_when_somebody_says_so()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(Rich, mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}", new() { Tolerates = PageFaults.OtherHost | PageFaults.Console });
        await page.Expect("blocked").ToBeVisibleAsync();
        Assert.DoesNotContain(page.Requests, each => each.Url.Contains("elsewhere", StringComparison.Ordinal));
        await page.Page.RunAndWaitForRequestAsync(() => page.ClickAsync("load-remote"), "http://elsewhere.test/pixel.png");
        await page.Expect("remote-shown").ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_message_is_read_when_it_is_opened_and_can_be_unread_again()
    {
        var mailbox = await AddMailboxAsync();
        var uid = await SendAsync(new Letter("Hello"), mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{uid}");
        await page.Expect("unread-here").ToBeHiddenAsync();
        await page.ClickAsync("toggle-read");
        await page.Expect("unread-here").ToHaveTextAsync("1");
        await page.ClickAsync("add-tag");
        await page.GetByTestId("new-tag").FillAsync("release 7");
        await page.PressAsync("Enter");
        await page.Expect("tag").ToContainTextAsync("release 7");
        await page.ClickAsync("toggle-pinned");
        await page.Expect("toggle-pinned").ToHaveAttributeAsync("aria-pressed", "true");
        await Poll.UntilAsync(async () => (await Smtpd.GetAsync($"/api/mailboxes/{mailbox.Id}/messages/{uid}")).GetProperty("flags").GetProperty("pinned").GetBoolean(), Cancel);
    }

    [Fact]
    public async Task Two_messages_are_compared()
    {
        var mailbox = await AddMailboxAsync();
        var first = await SendAsync(new Letter("Version one") { Html = "<p>Total: 10</p>" }, mailbox);
        await SendAsync(new Letter("Version two") { Html = "<p>Total: 12</p>" }, mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.GetByTestId("message-check").First.CheckAsync();
        await page.GetByTestId("message-check").Last.CheckAsync();
        await page.ClickAsync("bulk-compare");
        await page.Expect("compare").ToContainTextAsync("Version one");
        await page.Expect("compare").ToContainTextAsync("Version two");
        await Assertions.Expect(page.Page.Locator("iframe")).ToHaveCountAsync(2);
        Assert.Contains($"/compare/{mailbox.Id}/{first}", page.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_not_there_is_said_to_be_so()
    {
        var mailbox = await AddMailboxAsync();
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/99", new() { Tolerates = PageFaults.Answer });
        await page.Expect("message-problem").ToBeVisibleAsync();
    }
}
