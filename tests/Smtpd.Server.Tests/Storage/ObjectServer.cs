using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Smtpd.Server.Storage;

namespace Smtpd.Server.Tests.Storage;

/// <summary>Enough of S3 to keep objects in memory: PUT, GET with ranges, HEAD, DELETE and pages of ListObjectsV2, each signed.</summary>
internal sealed class ObjectServer : IAsyncDisposable
{
    private const string Bucket = "mail";
    private const int PageSize = 2;

    private readonly WebApplication application;
    private readonly ConcurrentDictionary<string, (byte[] Octets, DateTime Written)> objects = new(StringComparer.Ordinal);

    private ObjectServer(WebApplication application) => this.application = application;

    public ICollection<string> Keys => objects.Keys;

    /// <summary>Set: every request is answered so.</summary>
    public int? Failure { get; set; }

    /// <summary>When what is written now seems to have been written.</summary>
    public DateTime Now { get; set; } = DateTime.UtcNow;

    public int Requests { get; private set; }

    public ObjectStorageOptions Options => new(new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()),
        "us-east-1", Bucket, "smtpd/", "the-key", "the secret");

    public static async Task<ObjectServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        ObjectServer server = new(builder.Build());
        server.application.Run(server.AnswerAsync);
        await server.application.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    public void Put(string key, byte[] octets) => objects[key] = (octets, Now);

    private async Task AnswerAsync(HttpContext context)
    {
        Requests++;
        var request = context.Request;
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=the-key/", request.Headers.Authorization.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("/" + Bucket, request.Path, StringComparison.Ordinal);
        var key = request.Path.Value![(Bucket.Length + 1)..].TrimStart('/');
        if (Failure is int status)
            context.Response.StatusCode = status;
        else if (HttpMethods.IsPut(request.Method))
            await PutAsync(request, key);
        else if (HttpMethods.IsDelete(request.Method))
            Delete(context, key);
        else if (key.Length == 0)
            await ListAsync(context);
        else
            await GetAsync(context, key);
    }

    // As with S3, whether it was there is not told.
    private void Delete(HttpContext context, string key)
    {
        objects.TryRemove(key, out _);
        context.Response.StatusCode = 204;
    }

    private async Task PutAsync(HttpRequest request, string key)
    {
        using MemoryStream octets = new();
        await request.Body.CopyToAsync(octets);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(octets.ToArray())), request.Headers["x-amz-content-sha256"]);
        Put(key, octets.ToArray());
    }

    private async Task GetAsync(HttpContext context, string key)
    {
        if (!objects.TryGetValue(key, out var found))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        var from = (int)(range?.From ?? 0);
        context.Response.StatusCode = range is null ? 200 : 206;
        context.Response.ContentLength = found.Octets.Length - from;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(found.Octets.AsMemory(from));
    }

    private async Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var from = query["continuation-token"].ToString();
        var page = objects.Where(each => each.Key.StartsWith(query["prefix"].ToString(), StringComparison.Ordinal) && string.CompareOrdinal(each.Key, from) > 0)
            .OrderBy(each => each.Key, StringComparer.Ordinal).Take(PageSize + 1).ToList();
        var isCut = page.Count > PageSize;
        XNamespace s3 = "http://s3.amazonaws.com/doc/2006-03-01/";
        XElement answer = new(s3 + "ListBucketResult",
            new XElement(s3 + "Name", Bucket), new XElement(s3 + "IsTruncated", isCut ? "true" : "false"),
            page.Take(PageSize).Select(each => new XElement(s3 + "Contents", new XElement(s3 + "Key", each.Key), new XElement(s3 + "Size", each.Value.Octets.Length),
                new XElement(s3 + "LastModified", each.Value.Written.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)))));
        if (isCut)
            answer.Add(new XElement(s3 + "NextContinuationToken", page[PageSize - 1].Key));
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + answer);
    }
}
