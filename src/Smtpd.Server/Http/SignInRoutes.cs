using Microsoft.AspNetCore.Http.HttpResults;
using Smtpd.Server.Http.OpenApi;

namespace Smtpd.Server.Http;

/// <summary>Signing in and out with a browser, and who one is. Scripts need none of it: they show their credentials with each request.</summary>
internal static class SignInRoutes
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/session", (Caller caller) => View(caller)).For(RouteAccess.Users)
            .Describe("Server", "whoAmI", "On whose behalf the request comes.", it => it.Answer(ApiJson.Default.CallerView, Examples.Caller));
        routes.MapPost("/api/session", SignInAsync).For(RouteAccess.Everybody)
            .Describe("Server", "signIn", "Signs a browser in: the answer sets a cookie.",
                it => it.Remark("The administrator is `admin` with the token of Http:AdminToken as the password. The cookie lasts a week, or until the password changes.")
                    .Takes(ApiJson.Default.SignInBody, Examples.SignIn).Answer(ApiJson.Default.CallerView, Examples.Caller));
        routes.MapDelete("/api/session", SignOut).For(RouteAccess.Everybody)
            .Describe("Server", "signOut", "Takes the cookie back.", it => it.AnswerNothing());
    }

    private static JsonHttpResult<CallerView> View(Caller caller) =>
        TypedResults.Json(new CallerView(caller.IsAdministrator, caller.SessionUser is not null, caller.SessionUser, caller.MailboxId), ApiJson.Default.CallerView);

    private static async Task<IResult> SignInAsync(HttpContext context, HttpCredentials credentials, TimeProvider clock, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(context.Request, ApiJson.Default.SignInBody, cancellationToken);
        if (body is null)
            return problem!;
        (var session, var caller, var failure) = await credentials.SignInAsync(context, body.User, body.Password, cancellationToken);
        if (session is null || caller is null)
            return AccessGuard.Refuse(context, failure);
        context.Response.Cookies.Append(BrowserSession.CookieName, session, Cookie(context, clock.GetUtcNow() + BrowserSession.Lifetime));
        return View(caller with { SessionUser = body.User });
    }

    private static NoContent SignOut(HttpContext context)
    {
        context.Response.Cookies.Delete(BrowserSession.CookieName, Cookie(context, null));
        return TypedResults.NoContent();
    }

    private static CookieOptions Cookie(HttpContext context, DateTimeOffset? expires) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", Expires = expires };
}

/// <param name="Administrator">Whether everything may be seen and changed.</param>
/// <param name="SignedIn">Whether a cookie says so, which can be taken back.</param>
/// <param name="User">Who signed in; <c>null</c> without a cookie.</param>
/// <param name="MailboxId">The one mailbox that may be seen; <c>null</c> for all.</param>
internal sealed record CallerView(bool Administrator, bool SignedIn, string? User, int? MailboxId);

internal sealed record SignInBody(string User, string Password)
{
    // A record prints all it has.
    public override string ToString() => User;
}
