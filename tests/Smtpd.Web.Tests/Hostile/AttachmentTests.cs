using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using Smtpd.Web.Tests.Fixture;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>Files that a browser would run are given out by no address in a way that it does.</summary>
public sealed class AttachmentTests(WebFixture web) : WebTest(web), IClassFixture<WebFixture>
{
    private const string Html = "<!DOCTYPE html><script>console.log('pwned')</script><img src=x onerror=console.log('pwned')>";
    private const string Svg = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"console.log('pwned')\"><script>console.log('pwned')</script></svg>";
    private const string Xml = "<?xml version='1.0'?><x:html xmlns:x='http://www.w3.org/1999/xhtml'><x:script>console.log('pwned')</x:script></x:html>";

    private static readonly (string Name, string Type, string Content)[] Files =
    [
        ("page.html", "text/html", Html),
        ("page.htm", "text/html; charset=utf-7", "+ADw-script+AD4-console.log('pwned')+ADw-/script+AD4-"),
        ("page.xhtml", "application/xhtml+xml", Xml),
        ("picture.svg", "image/svg+xml", Svg),
        ("picture.png", "image/svg+xml", Svg),
        ("picture2.png", "image/png", Html),
        ("picture3.svg", "image/png", Svg),
        ("data.xml", "text/xml", Xml),
        ("data2.xml", "application/xml", Xml),
        ("style.xsl", "text/xsl", Xml),
        ("script.js", "text/javascript", "console.log('pwned')"),
        ("script2.js", "application/json", "console.log('pwned')"),
        ("look.css", "text/css", "body{background:url(http://evil.test/css)}"),
        ("paper.pdf", "application/pdf", Html),
        ("paper2.pdf", "application/pdf", "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\('pwned'\\))>>>>endobj\ntrailer<</Root 1 0 R>>"),
        ("notes.txt", "text/plain", Html),
        ("notes.md", "text/markdown", Html),
        ("notes.csv", "text/csv", Html),
        ("old.eml", "message/rfc822", "Content-Type: text/html\n\n" + Html),
        ("old.mht", "multipart/related", Html),
        (".htaccess", "application/octet-stream", "AddType text/html .png"),
        ("unknown", "x/y", Html),
        ("sniffed", "*/*", Html),
        ("flash.swf", "application/x-shockwave-flash", Html),
        ("applet.hta", "application/hta", Html),
        ("link.url", "application/internet-shortcut", "[InternetShortcut]\nURL=http://evil.test/"),
        ("manifest.webmanifest", "application/manifest+json", "{}"),
        ("captions.vtt", "text/vtt", "WEBVTT"),
        ("film.mp4", "video/mp4", Html),
        ("font.woff2", "font/woff2", Html),
        ("events", "text/event-stream", "data: x\n\n"),
        ("worker.js", "application/javascript", "console.log('pwned')"),
        ("module.wasm", "application/wasm", Html),
        ("stream", "multipart/x-mixed-replace", "--x\nContent-Type: text/html\n\n" + Html),
    ];

    [Fact]
    public async Task No_attachment_runs_however_it_is_opened()
    {
        var uid = await SendAsync(new Letter("Files") { Attachments = [.. Files.Select(each => new Enclosure(each.Name, each.Type, Encoding.UTF8.GetBytes(each.Content)))] });
        var message = $"/api/mailboxes/1/messages/{uid}";
        string[] paths =
        [
            .. from index in Enumerable.Range(1, Files.Length)
               from query in new[] { "", "?inline=1" }
               from kind in new[] { "attachments/", "parts/1." }
               select string.Create(CultureInfo.InvariantCulture, $"{message}/{kind}{(kind[0] == 'p' ? index + 1 : index)}{query}"),
            $"{message}/raw", $"{message}/eml", $"{message}/text",
        ];
        foreach (var path in paths)
            await HeadersDisarmAsync(path);

        var page = await NewPageAsync(new() { Tolerates = PageFaults.Console | PageFaults.Policy | PageFaults.Answer });
        ConcurrentQueue<string> downloads = new();
        page.Page.Download += (_, download) => downloads.Enqueue(download.Url);
        await page.Context.RouteAsync("**/frame-test", route => route.FulfillAsync(new() { ContentType = "text/html", Body = Embedding(paths) }));
        await page.GoToAsync("/frame-test");
        string[] opened = [.. paths.Where(each => !each.Contains("/parts/", StringComparison.Ordinal))]; // which are given out by the same code
        foreach (var path in opened)
            await OpenAsync(page, path);
        Assert.NotEmpty(downloads);
        Assert.DoesNotContain(page.Console, each => each.Text.Contains("pwned", StringComparison.Ordinal));
        // Everything that is not a picture, a text or a PDF file that somebody wants to see is saved.
        Assert.All(opened.Where(each => !each.Contains("inline", StringComparison.Ordinal) && !each.EndsWith("/text", StringComparison.Ordinal)), each => Assert.Contains(page.Origin + each, downloads));
    }

    [Fact]
    public async Task File_names_are_harmless()
    {
        (string Parameter, string Expected)[] table =
        [
            ("filename=\"../../etc/passwd\"", "passwd"),
            ("filename=\"..\\\\..\\\\boot.ini\"", "boot.ini"),
            ("filename*=utf-8''a%0D%0ASet-Cookie:%20x=1%0D%0A%0D%0A<script>.txt", "aSet-Cookie_ x=1_script_.txt"),
            ("filename=\"=?utf-8?q?a=0D=0AContent-Type:_text/html=0D=0A.txt?=\"", "html  .txt"),
            ("filename*=utf-8''invoice%E2%80%AEfdp.exe", "invoicefdp.exe"),
            ("filename=\"a\\\"; filename=\\\"b.html\"", "a_; filename=_b.html"),
            ("filename*=utf-8''a%22%3B%20filename%3D%22b.html", "a_; filename=_b.html"),
            ("filename*=utf-8''a%00.html%00.txt", "a.html.txt"),
            ("filename*=utf-8''Gr%C3%BC%C3%9Fe%20%E2%82%AC%20%F0%9F%93%8E.txt", "Grüße € 📎.txt"),
            ("filename=.htaccess", "htaccess"),
            ("filename=\"CON.txt\"", "_CON.txt"),
            ("filename=\"   ...   \"", "attachment-1"),
            ("filename*=utf-8''..%2F..%2F..%2Fapi%2Fx.txt", "x.txt"),
            ("filename=\"x.txt:$DATA\"", "x.txt_$DATA"),
        ];
        var page = await NewPageAsync();
        List<string> names = [];
        foreach ((var parameter, _) in table)
            names.Add(await SavedAsAsync(page, parameter));
        Assert.Equal(table.Select(each => each.Expected), names);
    }

    [Fact]
    public async Task A_long_file_name_is_cut_and_keeps_its_extension()
    {
        var name = string.Concat(Enumerable.Repeat("%E2%82%AC", 1000));
        var saved = await SavedAsAsync(await NewPageAsync(), $"filename*=utf-8''{name}.tiff");
        Assert.InRange(Encoding.UTF8.GetByteCount(saved), 20, 255);
        Assert.EndsWith("€.tiff", saved, StringComparison.Ordinal);
    }

    private async Task<string> SavedAsAsync(WebPage page, string parameter)
    {
        var mail = $"Subject: Name\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; {parameter}\n\nx\n--b--\n";
        var uid = await SendAsync(Encoding.Latin1.GetBytes(mail.ReplaceLineEndings("\r\n")));
        var path = $"/api/mailboxes/1/messages/{uid}/attachments/1";
        using var response = await Smtpd.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        var header = Assert.Single(response.Content.Headers.NonValidated["Content-Disposition"]);
        Assert.All(header, each => Assert.InRange(each, ' ', '~'));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        var download = await page.Page.RunAndWaitForDownloadAsync(() => OpenAsync(page, path));
        return download.SuggestedFilename;
    }

    private async Task HeadersDisarmAsync(string path)
    {
        using var response = await Smtpd.Http.GetAsync(path, Cancel);
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        Assert.False(type.Contains("html", StringComparison.Ordinal) || type.Contains("xml", StringComparison.Ordinal) || type.Contains("script", StringComparison.Ordinal)
            || type.Contains("svg", StringComparison.Ordinal) || type.Contains("css", StringComparison.Ordinal) || type.StartsWith("multipart/", StringComparison.Ordinal), $"{path}: {type}");
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal("no-store", response.Headers.GetValues("Cache-Control").Single());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.True(policy.Contains("sandbox", StringComparison.Ordinal) || type is "application/pdf", path);
    }

    // What becomes a download is no navigation.
    private static async Task OpenAsync(WebPage page, string path)
    {
        try
        {
            await page.GoToAsync(path);
        }
        catch (PlaywrightException e) when (e.Message.Contains("Download is starting", StringComparison.Ordinal))
        {
            // It is counted.
        }
    }

    // By elements of a page of ours that load something and run it.
    private static string Embedding(string[] paths) => "<!DOCTYPE html><body>" + string.Concat(paths.Where(each => each.EndsWith("?inline=1", StringComparison.Ordinal) && each.Contains("/attachments/", StringComparison.Ordinal)).Select(each =>
        $"<script src='{each}'></script><link rel=stylesheet href='{each}'><object data='{each}'></object><iframe src='{each}'></iframe>"));
}
