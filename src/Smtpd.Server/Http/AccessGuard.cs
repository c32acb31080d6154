using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Smtpd.Server.Http;

/// <summary>Stands between routing and the routes: finds out on whose behalf a request comes, and whether that one may use the route.</summary>
internal sealed class AccessGuard(HttpCredentials credentials, ContentKeys keys)
{
    // Both schemes in one field are legal; browsers ask for the first that they know.
    private static readonly string[] Challenges = ["Basic realm=\"smtpd\", charset=\"UTF-8\"", "Bearer realm=\"smtpd\""];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccessMetadata>()?.Access;
        if (access == RouteAccess.Everybody || keys.Opens(context.Request))
        {
            context.Features.Set(Caller.Administrator);
            await next(context);
            return;
        }

        (var caller, var failure) = await credentials.IdentifyAsync(context, context.RequestAborted);
        var refusal = caller is null ? Refuse(context, failure) : Judge(context, caller, access);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        context.Features.Set(caller!);
        await next(context);
    }

    private static ProblemResult? Judge(HttpContext context, Caller caller, RouteAccess? access)
    {
        if (caller.IsAdministrator || context.GetEndpoint() is null)
            return null;
        var isOfMailbox = context.Request.RouteValues.TryGetValue("mailboxId", out var value);
        if (isOfMailbox && int.TryParse(value as string, NumberStyles.Integer, CultureInfo.InvariantCulture, out var mailboxId) && !caller.MaySee(mailboxId))
            return Problem.NoMailbox(mailboxId);
        if (isOfMailbox ? access != RouteAccess.Administrators : access == RouteAccess.Users)
            return null;
        return Problem.Forbidden("This is for administrators: show the token of Http:AdminToken (`Authorization: Bearer …`), or leave out the credentials where none is set.");
    }

    public static ProblemResult Refuse(HttpContext context, LoginFailure failure)
    {
        if (failure == LoginFailure.HeldOff)
        {
            context.Response.Headers.RetryAfter = HttpCredentials.HoldOff.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Problem.Of(StatusCodes.Status429TooManyRequests, "Too many wrong credentials", "Wait a minute; what comes from this address is not looked at until then.");
        }

        // At Basic a browser would ask by itself, over the page that has a form for it.
        context.Response.Headers[HeaderNames.WWWAuthenticate] = context.Request.Headers["Sec-Fetch-Dest"] == "empty" ? Challenges[1] : Challenges;
        return Problem.Unauthorized(failure == LoginFailure.Wrong
            ? "The credentials are wrong."
            : "Send `Authorization: Bearer <Http:AdminToken>`, or user and password of a mailbox by Basic.");
    }
}

internal sealed record RouteAccessMetadata(RouteAccess Access);

internal static class RouteAccessExtensions
{
    public static TBuilder For<TBuilder>(this TBuilder builder, RouteAccess access)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RouteAccessMetadata(access));
}
