using System.Text.Json;
using Microsoft.Playwright;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Web.Tests.Fixture;

/// <summary>
/// A test that looks at pages: <c>await SendAsync("Hello"); var page = await OpenAsync("/mailboxes/1"); await page.Expect("subject").ToHaveTextAsync("Hello");</c>
/// Every page has a context of its own (no cookies, no storage). When the test has ended the pages are closed, and it fails if one of them did what <see cref="PageFaults"/> names.
/// A test that fails leaves a picture of each page and a trace of what it did; the message says where.
/// </summary>
public abstract class WebTest(WebFixture web) : IAsyncDisposable
{
    private readonly List<WebPage> pages = [];

    public WebFixture Web => web;

    internal SmtpdProcess Smtpd => web.Program;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens a path of the program in a new context and waits until it has loaded.</summary>
    internal async Task<WebPage> OpenAsync(string path, PageOptions? options = null)
    {
        var page = await NewPageAsync(options);
        await page.GoToAsync(path);
        return page;
    }

    /// <summary>An empty page in a new context.</summary>
    internal async Task<WebPage> NewPageAsync(PageOptions? options = null)
    {
        var page = await WebPage.CreateAsync(web, options ?? new());
        pages.Add(page);
        return page;
    }

    /// <summary>Sends a text by SMTP to mailbox 1.</summary>
    internal Task<long> SendAsync(string subject, string text = "Hello") => SendAsync(new Letter(subject) { Text = text });

    /// <summary>Sends a letter by SMTP, to mailbox 1 unless its address is another one's.</summary>
    /// <returns>Its UID.</returns>
    internal Task<long> SendAsync(Letter letter, TestMailbox? mailbox = null) =>
        SendAsync((mailbox is null ? letter : letter with { To = mailbox.Address }).ToBytes(), mailbox);

    /// <summary>Sends these octets by SMTP. They end with CRLF.</summary>
    /// <returns>The UID.</returns>
    internal async Task<long> SendAsync(byte[] message, TestMailbox? mailbox = null)
    {
        using (var client = await RawClient.ConnectAsync(Smtpd.Smtp, Cancel))
        {
            await client.BeginAsync(mailbox?.Address ?? "bob@y.test");
            await client.SendAsync(RawClient.Stuff(message));
            await client.SendAsync(".\r\n");
            await client.ExpectAsync("250");
        }

        return (await Smtpd.GetAsync($"/api/mailboxes/{mailbox?.Id ?? 1}/messages?limit=1")).Uids()[0];
    }

    internal async Task<TestMailbox> AddMailboxAsync(string? name = null)
    {
        var made = await Smtpd.AskAsync("POST", "/api/mailboxes", name is null ? "{}" : JsonSerializer.Serialize(new { name }), System.Net.HttpStatusCode.Created);
        return new(made.GetProperty("id").GetInt32(), made.GetProperty("addresses")[0].GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        var hasFailed = TestContext.Current.TestState?.Result == TestResult.Failed;
        List<string> faults = [];
        foreach (var page in pages)
            faults.AddRange(await page.CloseAsync(keepsTrace: hasFailed));
        GC.SuppressFinalize(this);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}

internal sealed record TestMailbox(int Id, string Address);
