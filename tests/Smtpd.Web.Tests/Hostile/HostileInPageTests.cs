using Microsoft.Playwright;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>
/// The same mails where people look at them: in the page itself, one after the other, in every tab. <see cref="WebPage"/> hears of exceptions, of what a policy had to stop and of requests of others.
/// </summary>
public sealed class HostileInPageTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    [Theory]
    [InlineData("preview")]
    [InlineData("text")]
    [InlineData("source")]
    [InlineData("codes")]
    [InlineData("headers")]
    [InlineData("parts")]
    [InlineData("raw")]
    [InlineData("checks")]
    [InlineData("attachments")]
    public async Task A_hostile_mail_does_nothing_to_the_page(string tab)
    {
        var mailbox = await AddMailboxAsync(tab);
        var newest = await FillAsync(mailbox);
        var page = await OpenAsync($"/mailboxes/{mailbox.Id}/messages/{newest}?tab={tab}");
        page.Page.Dialog += (_, dialog) => Assert.Fail($"A dialog: {dialog.Message}");
        for (var uid = newest; uid > 0; uid--)
        {
            await page.ExpectPathAsync($"/mailboxes/{mailbox.Id}/messages/{uid}?tab={tab}");
            await page.Expect($"content-{tab}").ToBeVisibleAsync();
            await Assertions.Expect(page.GetByTestId($"content-{tab}").GetByTestId("loading")).ToHaveCountAsync(0);
            foreach (var frame in page.Page.Frames)
                await frame.WaitForLoadStateAsync();
            await page.PressAsync("j");
        }

        if (tab == "preview")
            Assert.Equal(Stage.Sandbox, $"sandbox='{await page.GetByTestId("preview-frame").GetAttributeAsync("sandbox")}'");
        Assert.DoesNotContain(page.Console, each => each.Text.Contains(HostileMail.Canary, StringComparison.Ordinal));
        Assert.Single(page.Context.Pages);
        // Opening a message marks it read; nothing else is asked to change.
        var asked = page.Requests.Where(each => each.Method is not ("GET" or "HEAD")).Select(each => $"{each.Method} {each.PostData}");
        Assert.Empty(asked.Except(Enumerable.Range(1, (int)newest).Select(uid => $"PATCH {{\"uids\":[{uid}],\"read\":true}}")));
    }

    private async Task<long> FillAsync(TestMailbox mailbox)
    {
        var uid = 0L;
        // With nine tabs for each, in CI every third of a third.
        foreach (var name in HostileMail.Names.Where((_, index) => !HostileMail.IsSample || index % 3 == 0))
            uid = await SendAsync(HostileMail.Named(name).Message, mailbox);
        return uid;
    }
}
