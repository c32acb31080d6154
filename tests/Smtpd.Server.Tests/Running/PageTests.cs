using System.Net;
using System.Text.RegularExpressions;

namespace Smtpd.Server.Tests.Running;

/// <summary>How the page and its files are given out.</summary>
public sealed partial class PageTests(SmtpdFixture fixture) : IClassFixture<SmtpdFixture>
{
    // Not the one that holds answers against OpenAPI: the page is none of them.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/all")]
    [InlineData("/all/messages/3/7?tab=raw")]
    [InlineData("/mailboxes/1")]
    [InlineData("/mailboxes/1/messages/5?q=from%3Aa")]
    public async Task The_page_is_given_out_at_its_places_and_asks_nobody_else(string path)
    {
        using var answer = await AskAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("no-cache", answer.Headers.CacheControl!.ToString());
        var html = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=""/)|<style|://|\son[a-z]+=", html);
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip;q=0.5", "gzip")]
    [InlineData("gzip;q=0", null)]
    [InlineData("", null)]
    public async Task Files_are_compressed_ahead_and_kept_by_browsers(string accepted, string? encoding)
    {
        using var page = await AskAsync("/");
        var script = Scripts().Match(await page.Content.ReadAsStringAsync(Cancel)).Groups["path"].Value;
        using var answer = await AskAsync(script, accepted);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl!.ToString());
        Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType!.ToString());

        using HttpRequestMessage again = new(HttpMethod.Get, Address(script)) { Headers = { { "If-None-Match", answer.Headers.ETag!.Tag } } };
        if (accepted.Length > 0)
            again.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using var unchanged = await Http.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task What_opens_the_page_first_is_small()
    {
        using var page = await AskAsync("/", "gzip");
        var octets = page.Content.Headers.ContentLength!.Value;
        using var plain = await AskAsync("/");
        foreach (Match file in Files().Matches(await plain.Content.ReadAsStringAsync(Cancel)))
        {
            using var answer = await AskAsync(file.Groups["path"].Value, "gzip");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            octets += answer.Content.Headers.ContentLength!.Value;
        }

        Assert.InRange(octets, 10_000, 120_000);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/assets/nothing.js")]
    [InlineData("/mailboxesx")]
    [InlineData("/api/nothing")]
    public async Task What_is_not_there_is_no_page(string path)
    {
        using var answer = await AskAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_page_is_read_only()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Address("/"));
        using var answer = await Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using HttpRequestMessage head = new(HttpMethod.Head, Address("/"));
        using var only = await Http.SendAsync(head, Cancel);
        Assert.Equal(HttpStatusCode.OK, only.StatusCode);
        Assert.Empty(await only.Content.ReadAsByteArrayAsync(Cancel));
    }

    private Uri Address(string path) => new(fixture.Program.Http.BaseAddress!, path);

    private async Task<HttpResponseMessage> AskAsync(string path, string acceptEncoding = "")
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Address(path));
        if (acceptEncoding.Length > 0)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding);
        return await Http.SendAsync(request, Cancel);
    }

    [GeneratedRegex(@"<script[^>]* src=""(?<path>[^""]+)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Scripts();

    [GeneratedRegex(@"(src|href)=""(?<path>/[^""]+)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Files();
}
