using System.Net;
using Microsoft.AspNetCore.Connections;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Stands before every route: who is called, by whom, and what becomes of an exception.</summary>
internal sealed class RequestGuard(IReadOnlyCollection<string> allowedHosts, ContentKeys keys, ILogger logger)
{
    private readonly HashSet<string> names = new(["localhost", .. allowedHosts], StringComparer.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response);
        var refusal = Refusal(context);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (ConnectionResetException)
        {
            // Nor here: the client went while it was sending.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            SetHeaders(context.Response);
            await Explain(context, e).ExecuteAsync(context);
        }
    }

    private ProblemResult? Refusal(HttpContext context)
    {
        var request = context.Request;
        // DNS rebinding: a page of another site, whose name suddenly points to us, may not read mail.
        if (!IsOurs(request.Host.Host, context.Connection.LocalIpAddress))
            return Problem.Of(StatusCodes.Status421MisdirectedRequest, "This server is not called that",
                "Call it by localhost or its address, or add the name to the setting Http:AllowedHosts.");
        if (!IsSameOrigin(request) && !(IsSafe(request.Method) && (IsNavigation(request) || keys.Opens(request))))
            return Problem.Of(StatusCodes.Status403Forbidden, "Another site may neither read nor change anything here",
                "The request was sent by a page of another origin. Send it from a page of this server, or without a browser.");
        return null;
    }

    private static void SetHeaders(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        // Also for browsers that do not say who asks: another site's page cannot embed what is answered.
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private bool IsOurs(string host, IPAddress? local)
    {
        if (names.Contains(host))
            return true;
        // A rebound name is a name: an address that the connection really arrived at is ours.
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return false;
        return IPAddress.IsLoopback(address) || (local is not null && Unmapped(local).Equals(Unmapped(address)));
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    // Somebody clicked a link: the page with the link does not see where it leads. A frame would be seen through.
    private static bool IsNavigation(HttpRequest request) =>
        request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document" && request.Headers.Origin.Count == 0;

    // Scripts send neither header, browsers always one of them.
    private static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin" && site != "none")
            return false;
        return request.Headers.Origin is not { Count: > 0 } origin
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private ProblemResult Explain(HttpContext context, Exception e)
    {
        switch (e)
        {
            case BadHttpRequestException bad:
                return Problem.Of(bad.StatusCode, "The request is not understood", "Its form is wrong, or it is too large.");
            case ShareTakenException taken:
                return Problem.TooMany(taken.Message);
            case StoreUnavailableException unavailable when unavailable.InnerException is null:
                return Problem.Unavailable(unavailable.Message);
            default:
                ServerLog.RequestFailed(logger, e, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
                return e is StoreUnavailableException
                    ? Problem.Unavailable("The store does not work at the moment; the log says why.")
                    : Problem.Of(StatusCodes.Status500InternalServerError, "The server failed", "The log of the server says more. Trying again may help.");
        }
    }
}
