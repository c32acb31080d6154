using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Smtpd.Web.Tests.Hostile;

/// <summary>Somebody else's site on loopback: one page at every address.</summary>
internal sealed class OtherSite : IAsyncDisposable
{
    private readonly WebApplication site;

    private OtherSite(WebApplication site) => this.site = site;

    public int Port => new Uri(site.Urls.Single()).Port;

    public static async Task<OtherSite> StartAsync(string body = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.Urls.Add("http://127.0.0.1:0");
        site.Run(context => Results.Content("<!DOCTYPE html><title>Win a prize</title><body>" + body, "text/html").ExecuteAsync(context));
        await site.StartAsync(TestContext.Current.CancellationToken);
        return new(site);
    }

    public ValueTask DisposeAsync() => site.DisposeAsync();
}
