using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Playwright;
using Smtpd.Server.Tests.Running;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>A page of another site, open in the browser of somebody whose server this is, can neither read nor change anything.</summary>
public sealed class OtherSiteTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    // Each gives back what it got hold of, or null.
    private const string Attempts = """
        async ([us, html]) => {
          const add = (tag, set) => new Promise(done => {
            const it = Object.assign(document.createElement(tag), set);
            it.onload = () => done(it); it.onerror = () => done(null);
            document.body.append(it);
          });
          const attempts = {
            fetch: async () => (await fetch(us + '/api/mailboxes')).text(),
            fetchWithCredentials: async () => (await fetch(us + '/api/mailboxes', { credentials: 'include' })).text(),
            fetchOpaque: async () => (await (await fetch(us + '/api/mailboxes', { mode: 'no-cors' })).text()) || null,
            change: async () => (await (await fetch(us + '/api/mailboxes', { method: 'POST', mode: 'no-cors', body: '{"name":"taken"}', headers: { 'Content-Type': 'text/plain' } })).text()) || null,
            changeJson: async () => (await fetch(us + '/api/mailboxes', { method: 'POST', body: '{"name":"taken"}', headers: { 'Content-Type': 'application/json' } })).text(),
            remove: async () => (await fetch(us + '/api/mailboxes/1', { method: 'DELETE' })).text(),
            patch: async () => (await fetch(html.replace('/html', ''), { method: 'PATCH', body: '{"read":true}' })).text(),
            beacon: async () => { navigator.sendBeacon(us + '/api/mailboxes', '{"name":"taken"}'); return null; },
            form: async () => {
              const frame = await add('iframe', { name: 'target', srcdoc: '<p>' });
              document.body.insertAdjacentHTML('beforeend', `<form method=post enctype=text/plain target=target action="${us}/api/mailboxes"><input name='{"name":"taken","x":"' value='"}'></form>`);
              await new Promise(done => { frame.onload = done; document.forms[0].submit(); });
              return frame.contentDocument ? frame.contentDocument.body.innerText || null : null;
            },
            formGet: async () => {
              const frame = await add('iframe', { name: 'got', srcdoc: '<p>' });
              document.body.insertAdjacentHTML('beforeend', `<form target=got action="${us}/api/mailboxes/1/export"></form>`);
              await new Promise(done => { frame.onload = done; document.forms[1].submit(); });
              return frame.contentDocument ? frame.contentDocument.body.innerText || null : null;
            },
            image: async () => (await add('img', { src: html.replace('/html', '/attachments/1?inline=1') }))?.naturalWidth ?? null,
            script: async () => (await add('script', { src: us + '/api/mailboxes' })) && 'loaded',
            module: async () => (await import(us + '/api/mailboxes')) && 'loaded',
            style: async () => (await add('link', { rel: 'stylesheet', href: us + '/api/mailboxes' })) && 'loaded',
            object: async () => (await add('object', { data: html })) && 'loaded',
            frame: async () => { const frame = await add('iframe', { src: html }); try { return frame.contentWindow.document?.body.innerHTML ?? null; } catch { return null; } },
            frameNavigation: async () => { const frame = await add('iframe', { src: us + '/' }); return frame.contentWindow.length || null; },
            events: () => new Promise(done => { const it = new EventSource(us + '/api/events'); it.onopen = () => done('open'); it.onerror = () => { it.close(); done(null); }; }),
            socket: () => new Promise(done => { const it = new WebSocket(us.replace('http', 'ws') + '/api/events'); it.onopen = () => done('open'); it.onerror = () => done(null); }),
            worker: () => new Promise(done => { try { const it = new Worker(us + '/api/mailboxes'); it.onerror = () => done(null); it.onmessage = () => done('ran'); } catch { done(null); } }),
            media: () => add('video', { src: html.replace('/html', '/raw') }).then(it => it && 'loaded'),
            font: async () => { await new FontFace('x', `url(${us}/api/mailboxes)`).load(); return 'loaded'; },
            cache: async () => (await (await caches.open('x')).add(us + '/api/mailboxes')) ?? 'kept',
          };
          const got = [];
          for (const [name, attempt] of Object.entries(attempts)) {
            let found = null;
            try { found = await Promise.race([attempt(), new Promise(done => setTimeout(done, 3000, null))]); } catch { }
            if (found !== null && found !== undefined) got.push(`${name}: ${found}`);
          }
          return got;
        }
        """;

    [Theory]
    [InlineData("127.0.0.1")] // another port: the same site, but not the same origin
    [InlineData("localhost")]
    [InlineData("prizes.rebind.test")]
    public async Task Another_origin_neither_reads_nor_changes_anything(string host)
    {
        await using var other = await OtherSite.StartAsync();
        await AttackAsync(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{other.Port}/"), Smtpd.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), 403);
    }

    [Fact]
    public async Task A_name_that_is_made_to_point_to_us_neither_reads_nor_changes_anything()
    {
        var rebound = string.Create(CultureInfo.InvariantCulture, $"http://prizes.rebind.test:{Smtpd.Http.BaseAddress!.Port}");
        await AttackAsync(rebound + "/", rebound, 421);
    }

    [Fact]
    public async Task A_link_on_another_site_opens_a_page_that_the_other_cannot_see()
    {
        await using var other = await OtherSite.StartAsync();
        var uid = await SendAsync(new Letter("Secret") { Html = "<p id=secret>Secret" });
        var address = new Uri(Smtpd.Http.BaseAddress!, $"/api/mailboxes/1/messages/{uid}/html");
        var page = await NewPageAsync(new() { Tolerates = PageFaults.All });
        await page.Page.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{other.Port}/"));
        var opened = await page.Page.RunAndWaitForPopupAsync(() => page.Page.EvaluateAsync("address => { window.opened = open(address); }", address.ToString()));
        await Assertions.Expect(opened.Locator("#secret")).ToHaveTextAsync("Secret");
        Assert.Equal("SecurityError", await page.Page.EvaluateAsync<string>("() => { try { return opened.document.title; } catch (e) { return e.name; } }"));
    }

    private async Task AttackAsync(string site, string us, int refusal)
    {
        var uid = await SendAsync(new Letter("Secret") { Html = "<p>Secret", Attachments = [new("a.png", "image/png", TestPictures.Png)] });
        var before = await StateAsync(uid);
        var page = await NewPageAsync(new() { Tolerates = PageFaults.All });
        await page.Page.GotoAsync(site);
        ConcurrentQueue<string> answers = new();
        page.Context.Response += (_, response) =>
        {
            if (response.Url.StartsWith(us, StringComparison.Ordinal))
                answers.Enqueue($"{response.Status} {response.Request.Method} {response.Url}");
        };

        var got = await page.Page.EvaluateAsync<string[]>(Attempts, new[] { us, $"{us}/api/mailboxes/1/messages/{uid}/html" });
        await page.CloseAsync();
        // A rebound name is its own origin: it may read that it is refused.
        Assert.All(got, each => Assert.True(refusal == 421 && each.Contains("not called that", StringComparison.Ordinal), each));
        Assert.InRange(page.Requests.Count(each => each.Url.StartsWith(us, StringComparison.Ordinal)), 15, 100);
        Assert.NotEmpty(answers); // the browser keeps most of them from the page, and from here
        Assert.All(answers, each => Assert.StartsWith(refusal.ToString(CultureInfo.InvariantCulture), each, StringComparison.Ordinal));
        Assert.Equal(before, await StateAsync(uid));
    }

    private async Task<string> StateAsync(long uid) =>
        (await Smtpd.GetAsync("/api/mailboxes")).GetProperty("mailboxes").EnumerateArray().Count().ToString(CultureInfo.InvariantCulture)
        + (await Smtpd.GetAsync($"/api/mailboxes/1/messages/{uid}")).GetProperty("flags").GetRawText();
}
