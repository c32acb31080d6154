using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>The list: finding, selecting, deleting, going on and back.</summary>
public sealed class ListTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Fact]
    public async Task A_search_is_typed_becomes_chips_and_stands_in_the_address()
    {
        var mailbox = await FilledAsync("Invoice for May", "Welcome", "Invoice for June");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("message-row").ToHaveCountAsync(3);
        await page.PressAsync("/");
        await page.Expect("search-input").ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("subject:invoice ");
        await page.Expect("search-chip").ToContainTextAsync("subject:invoice");
        await page.Expect("list-count").ToHaveTextAsync("2 messages found");
        await Assertions.Expect(page.GetByTestId("message-row").First.Locator("mark")).ToHaveTextAsync("Invoice");
        await page.Keyboard.TypeAsync("june");
        await page.Expect("message-row").ToHaveCountAsync(1);
        await page.ExpectPathAsync($"/mailboxes/{mailbox.Id}?q=subject%3Ainvoice+june");

        await page.ClickAsync("save-search");
        await page.Expect("saved-search").ToContainTextAsync("subject:invoice june");
        await page.ClickAsync("clear-search");
        await page.Expect("message-row").ToHaveCountAsync(3);
        await page.ClickAsync("saved-search");
        await page.Expect("message-row").ToHaveCountAsync(1);
        await page.Page.GoBackAsync();
        await page.Expect("message-row").ToHaveCountAsync(3);
    }

    [Fact]
    public async Task Completions_are_offered_and_half_a_field_is_no_mistake()
    {
        var mailbox = await FilledAsync("One", "Two");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.ClickAsync("search-input");
        await page.Keyboard.TypeAsync("is:unr");
        await page.Expect("search-completion").ToHaveTextAsync("is:unread ");
        await page.PressAsync("ArrowDown", "Enter");
        await page.Expect("search-chip").ToContainTextAsync("is:unread");
        await page.Expect("message-row").ToHaveCountAsync(2);
        await page.Expect("list-problem").ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_query_that_the_server_does_not_understand_is_explained()
    {
        var mailbox = await FilledAsync("One");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}?q=larger%3Ahuge", new() { Tolerates = PageFaults.Answer });
        await page.Expect("list-problem").ToContainTextAsync("larger:10K");
    }

    [Fact]
    public async Task Messages_are_selected_with_shift_and_marked_together()
    {
        var mailbox = await FilledAsync("1", "2", "3", "4", "5");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.GetByTestId("message-check").Nth(1).ClickAsync();
        await page.GetByTestId("message-check").Nth(3).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await page.Expect("selected-count").ToHaveTextAsync("3 messages");
        await page.ClickAsync("bulk-read");
        await page.Expect("unread-here").ToHaveTextAsync("2");
        await page.ClickAsync("bulk-tag");
        await page.GetByTestId("tag-input").FillAsync("seen");
        await page.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator(".badge.is-tag")).ToHaveCountAsync(3);
        await page.ClickAsync("select-none");
        await page.Expect("bulk-bar").ToBeHiddenAsync();
        // The page shows what it asks for before the server has done it.
        await Poll.UntilAsync(async () => (await Smtpd.GetAsync($"/api/search?q=tag:seen&mailbox={mailbox.Id}")).GetProperty("messages").GetArrayLength() == 3, Cancel);
    }

    [Fact]
    public async Task Deleting_can_be_undone_and_is_done_when_nobody_does()
    {
        var mailbox = await FilledAsync("Oldest", "Middle", "Newest");
        var page = await NewPageAsync();
        await page.Page.Clock.InstallAsync();
        await page.GoToAsync($"/mailboxes/{mailbox.Id}");
        await page.GetByTestId("message-link").Nth(1).ClickAsync();
        await page.Expect("subject").ToHaveTextAsync("Middle");
        await page.ClickAsync("delete");
        await page.Expect("subject").ToHaveTextAsync("Oldest");
        await page.Expect("message-row").ToHaveCountAsync(2);
        await page.ClickAsync("toast-action");
        await page.Expect("message-row").ToHaveCountAsync(3);
        await Assertions.Expect(page.GetByTestId("message-row").Nth(1)).ToContainTextAsync("Middle");
        await page.Page.Clock.FastForwardAsync(10_000);
        Assert.Equal(3, await CountAsync(mailbox));

        await page.ClickAsync("delete");
        await page.Expect("message-row").ToHaveCountAsync(2);
        Assert.Equal(3, await CountAsync(mailbox));
        await page.Page.RunAndWaitForResponseAsync(() => page.Page.Clock.FastForwardAsync(8000), answer => answer.Request.Method == "DELETE");
        Assert.Equal(2, await CountAsync(mailbox));
    }

    [Fact]
    public async Task Whoever_closes_the_page_has_deleted()
    {
        var mailbox = await FilledAsync("Gone", "Kept");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}");
        await page.GetByTestId("message-check").Last.CheckAsync();
        await page.ClickAsync("bulk-delete");
        await page.Expect("toast").ToBeVisibleAsync();
        await page.GoToAsync("/openapi/v1.json");
        await Poll.UntilAsync(async () => await CountAsync(mailbox) == 1, Cancel);
    }

    [Fact]
    public async Task A_link_leads_to_a_message_and_its_tab_and_back_and_forward_work()
    {
        var mailbox = await FilledAsync("First", "Second");
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/1?tab=raw");
        await page.Expect("raw").ToContainTextAsync("Subject: First");
        await page.GetByTestId("message-link").First.ClickAsync();
        // The tab stays from message to message.
        await page.Expect("raw").ToContainTextAsync("Subject: Second");
        await page.Page.GoBackAsync();
        await page.Expect("raw").ToContainTextAsync("Subject: First");
        await page.Page.GoForwardAsync();
        await page.Expect("raw").ToContainTextAsync("Subject: Second");
    }

    [Fact]
    public async Task All_mailboxes_are_searched_at_once()
    {
        var one = await FilledAsync("Needle here");
        var other = await FilledAsync("Needle there");
        var page = await OpenAsync("/all?q=subject%3Aneedle");
        await page.Expect("message-row").ToHaveCountAsync(2);
        await page.GetByTestId("message-link").First.ClickAsync();
        await page.ExpectPathAsync($"/all/messages/{other.Id}/1?q=subject%3Aneedle");
        await page.GetByTestId("message-link").Last.ClickAsync();
        await page.ExpectPathAsync($"/all/messages/{one.Id}/1?q=subject%3Aneedle");
        await page.Expect("subject").ToHaveTextAsync("Needle here");
    }

    [Fact]
    public async Task A_million_messages_are_scrolled_through_and_leapt_over()
    {
        const int count = 1_000_000;
        var mailbox = await AddMailboxAsync("million");
        var page = await NewPageAsync();
        MillionMessages million = new(mailbox.Id, count);
        await million.AnswerAsync(page.Page);
        await page.GoToAsync($"/mailboxes/{mailbox.Id}");
        await page.Expect("list-count").ToHaveTextAsync("1,000,000 messages");
        var list = page.GetByTestId("message-list");
        var first = page.GetByTestId("message-row").First;

        // By the wheel, row by row.
        await list.HoverAsync();
        await page.Page.Mouse.WheelAsync(0, 66 * 20);
        await Assertions.Expect(page.Page.Locator($"[data-uid='{count - 21}']")).ToBeInViewportAsync();
        // By the bar, to the middle: the row there is about the one there, behind six that are made ahead of sight.
        await list.EvaluateAsync("each => each.scrollTop = (each.scrollHeight - each.clientHeight) / 2");
        await Assertions.Expect(first).ToHaveAttributeAsync("data-uid", new Regex("^49[0-9]{4}$|^50[0-9]{4}$", RegexOptions.None, TimeSpan.FromSeconds(1)));
        var before = int.Parse((await first.GetAttributeAsync("data-uid"))!, System.Globalization.CultureInfo.InvariantCulture);
        await page.Page.Mouse.WheelAsync(0, -66 * 10);
        await Assertions.Expect(page.Page.Locator($"[data-uid='{before + 2}']")).ToBeInViewportAsync();
        // To the end, and to the beginning again.
        await list.EvaluateAsync("each => each.scrollTop = each.scrollHeight");
        await Assertions.Expect(page.Page.Locator("[data-uid='1']")).ToBeInViewportAsync();
        await list.EvaluateAsync("each => each.scrollTop = 0");
        await Assertions.Expect(page.Page.Locator($"[data-uid='{count}']")).ToBeInViewportAsync();
        Assert.True(million.Asked < 60, $"It asked {million.Asked} times.");
    }

    private async Task<TestMailbox> FilledAsync(params string[] subjects)
    {
        var mailbox = await AddMailboxAsync();
        foreach (var each in subjects)
            await SendAsync(new Letter(each), mailbox);
        // What is searched for must be indexed.
        await Poll.UntilAsync(async () => (await Smtpd.GetAsync($"/api/search?q=&mailbox={mailbox.Id}")).GetProperty("messages").EnumerateArray().Count(each => each.GetProperty("snippet").ValueKind == System.Text.Json.JsonValueKind.String) == subjects.Length, Cancel);
        return mailbox;
    }

    private async Task<long> CountAsync(TestMailbox mailbox) => (await Smtpd.GetAsync($"/api/mailboxes/{mailbox.Id}")).GetProperty("messages").GetInt64();
}
