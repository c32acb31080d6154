using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Stands before every route: who is called, by whom, and what becomes of an exception.</summary>
internal sealed class RequestGuard(IReadOnlyCollection<string> allowedHosts, ILogger logger)
{
    private readonly HashSet<string> names = new(["localhost", .. allowedHosts], StringComparer.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
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
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.Headers.XContentTypeOptions = "nosniff";
            await Explain(context, e).ExecuteAsync(context);
        }
    }

    private JsonHttpResult<ProblemView>? Refusal(HttpContext context)
    {
        var request = context.Request;
        // DNS rebinding: a page of another site, whose name suddenly points to us, may not read mail.
        if (!IsOurs(request.Host.Host, context.Connection.LocalIpAddress))
            return Problem.Of(StatusCodes.Status421MisdirectedRequest, "This server is not called that",
                "Call it by localhost or its address, or add the name to the setting Http:AllowedHosts.");
        if (!IsSafe(request.Method) && !IsSameOrigin(request))
            return Problem.Of(StatusCodes.Status403Forbidden, "Another site may not change anything here",
                "The request was sent by a page of another origin. Send it from a page of this server, or without a browser.");
        return null;
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

    // Scripts send neither header, browsers always one of them.
    private static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin" && site != "none")
            return false;
        return request.Headers.Origin is not { Count: > 0 } origin
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private JsonHttpResult<ProblemView> Explain(HttpContext context, Exception e)
    {
        switch (e)
        {
            case BadHttpRequestException bad:
                return Problem.Of(bad.StatusCode, "The request is not understood", "Its form is wrong, or it is too large.");
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
