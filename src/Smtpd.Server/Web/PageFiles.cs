namespace Smtpd.Server.Web;

/// <summary>Gives out the page and its files to whoever asks: they hold no secret, and whoever is to sign in needs them first.</summary>
internal sealed class PageFiles(PageAssets assets)
{
    // The page is scripts and styles of ours, shows mail in frames that may do nothing, and talks to nobody else. Nothing may become markup or script by its text.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; manifest-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>To stand behind routing: what is a route is not a file.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var isAsked = context.GetEndpoint() is null && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));
        if (isAsked && assets.Find(request.Path) is PageAsset asset)
            await AnswerAsync(context, asset);
        else
            await next(context);
    }

    private static async Task AnswerAsync(HttpContext context, PageAsset asset)
    {
        (var octets, var tag, var encoding) = asset.For(context.Request.Headers.AcceptEncoding.ToString());
        var response = context.Response;
        var headers = response.Headers;
        headers.ETag = tag;
        headers.Vary = "Accept-Encoding";
        headers.CacheControl = asset.IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (asset.IsDocument)
        {
            headers.ContentSecurityPolicy = Policy;
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        }

        if (context.Request.Headers.IfNoneMatch.ToString().Contains(tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (encoding is not null)
            headers.ContentEncoding = encoding;
        response.ContentType = asset.ContentType;
        response.ContentLength = octets.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(octets, context.RequestAborted);
    }
}
