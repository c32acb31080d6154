using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Flows;

/// <summary>A server with a token: whoever comes with a browser signs in.</summary>
public sealed class SignInTests(GuardedFixture web) : WebTest(web), IClassFixture<GuardedFixture>
{
    [Fact]
    public async Task The_administrator_signs_in_by_the_token_and_out_again()
    {
        var page = await OpenAsync("/mailboxes/1", new() { Tolerates = PageFaults.Answer });
        await page.GetByTestId("sign-in-password").FillAsync("not the token");
        await page.ClickAsync("sign-in-submit");
        await page.Expect("sign-in-problem").ToContainTextAsync("wrong");
        await page.GetByTestId("sign-in-password").FillAsync(GuardedFixture.Token);
        await page.ClickAsync("sign-in-submit");
        await page.Expect("list-title").ToHaveTextAsync("default");
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
        var cookie = Assert.Single(await page.Context.CookiesAsync());
        Assert.True(cookie.HttpOnly);
        Assert.Equal(Microsoft.Playwright.SameSiteAttribute.Strict, cookie.SameSite);
        await page.Page.ReloadAsync();
        await page.ClickAsync("sign-out");
        await page.Expect("sign-in").ToBeVisibleAsync();
        Assert.Empty(await page.Context.CookiesAsync());
    }

    [Fact]
    public async Task A_user_sees_the_own_mailbox_alone()
    {
        var page = await OpenAsync("/", new() { Tolerates = PageFaults.Answer });
        await page.GetByTestId("sign-in-user").FillAsync(GuardedFixture.User);
        await page.GetByTestId("sign-in-password").FillAsync(GuardedFixture.Password);
        await page.ClickAsync("sign-in-submit");
        await page.Expect("list-title").ToHaveTextAsync("theirs");
        await page.Expect("mailbox").ToHaveCountAsync(1);
        await page.Expect("open-new-mailbox").ToBeHiddenAsync();
        await page.Expect("live").ToHaveAttributeAsync("data-state", "live");
    }
}

/// <summary>A program with a token, and a mailbox with a user.</summary>
public sealed class GuardedFixture(ChromiumFixture chromium) : WebFixture(chromium)
{
    public const string Token = "a-token-for-the-tests-0123456789";
    public const string User = "theirs";
    public const string Password = "correct horse battery";

    private protected override IEnumerable<string> Arguments =>
    [
        "--set", "Http:AdminToken=" + Token, "--set", $"Projects:default:Mailboxes:theirs:Users:{User}={Password}",
    ];
}
