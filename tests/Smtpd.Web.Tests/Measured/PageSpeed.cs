using System.Globalization;
using System.Text;
using System.Text.Json;
using Smtpd.Server.Tests;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Measured;

/// <summary>
/// How long the page takes to its first list, and how evenly it scrolls, with 100,000 messages in the mailbox: <c>bench/page</c> runs it and prints what it found. Nothing is asserted but that it gets there.
/// </summary>
public sealed class PageSpeed(WebFixture web, ITestOutputHelper output) : WebTest(web), IClassFixture<WebFixture>
{
    private const int Messages = 100_000;
    private const int Rounds = 5;
    private const int Connections = 16;

    // When the first row is painted, as the page's own clock has it.
    private const string WatchFirstRow = """
        new MutationObserver((_, self) => {
          if (!document.querySelector('[data-testid=message-row]')) return;
          self.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => { window.firstRow = performance.now(); }));
        }).observe(document, { childList: true, subtree: true });
        """;

    // Three seconds of scrolling, a step with every frame, and how long each frame took.
    private const string Scroll = """
        () => new Promise(done => {
          const list = document.querySelector('[data-testid=message-list]');
          const frames = [];
          let last = performance.now();
          const begin = last;
          let missing = 0;
          requestAnimationFrame(function step(now) {
            frames.push(now - last);
            last = now;
            missing += document.querySelector('.message-row.is-missing') ? 1 : 0;
            list.scrollTop += 120;
            if (now - begin < 3000) requestAnimationFrame(step);
            else done({ frames: frames.slice(1).sort((a, b) => a - b), missing, scrolled: list.scrollTop });
          });
        })
        """;

    [Fact(Explicit = true)]
    public async Task Measure()
    {
        await FillAsync();
        List<double> first = [];
        for (var round = 0; round < Rounds; round++)
        {
            var page = await NewPageAsync();
            await page.Page.AddInitScriptAsync(WatchFirstRow);
            await page.GoToAsync("/mailboxes/1");
            await page.Page.WaitForFunctionAsync("() => window.firstRow !== undefined");
            first.Add(await page.Page.EvaluateAsync<double>("() => window.firstRow"));
        }

        var scrolled = await OpenAsync("/mailboxes/1");
        await scrolled.Expect("list-count").ToHaveTextAsync("100,000 messages");
        var result = await scrolled.Page.EvaluateAsync<JsonElement>(Scroll);
        var frames = result.GetProperty("frames").EnumerateArray().Select(each => each.GetDouble()).ToList();
        first.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"First list with {Messages} messages: {first[Rounds / 2]:F0} ms (from {first[0]:F0} to {first[^1]:F0}), nothing cached."));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Scrolling by 120 px a frame: {frames.Count} frames in 3 s; a frame takes {frames[frames.Count / 2]:F1} ms (median), {frames[frames.Count * 95 / 100]:F1} (95 of 100), {frames[^1]:F1} (longest); in {result.GetProperty("missing").GetInt32()} frames a row was not there yet."));
    }

    // Side by side: what comes together is committed together.
    private Task FillAsync() => Task.WhenAll(Enumerable.Range(0, Connections).Select(each => FillAsync(each * Messages / Connections, (each + 1) * Messages / Connections)));

    private async Task FillAsync(int first, int end)
    {
        using var client = await RawClient.ConnectAsync(Smtpd.Smtp, Cancel);
        foreach (var batch in Enumerable.Range(first, end - first).Chunk(50))
        {
            StringBuilder pipelined = new();
            foreach (var each in batch)
            {
                var text = $"From: Sender {each} <s{each}@x.test>\r\nTo: bob@y.test\r\nSubject: Message number {each}\r\n\r\nHello, this is number {each}.\r\n";
                pipelined.Append(CultureInfo.InvariantCulture, $"MAIL FROM:<s@x.test>\r\nRCPT TO:<bob@y.test>\r\nBDAT {text.Length} LAST\r\n{text}");
            }

            await client.SendAsync(pipelined.ToString());
            for (var i = 0; i < 3 * batch.Length; i++)
                await client.ExpectAsync("250");
        }
    }
}
