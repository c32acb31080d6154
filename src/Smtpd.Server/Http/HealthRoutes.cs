using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

internal static class HealthRoutes
{
    // Some probes ask with HEAD.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/livez", Methods, () => TypedResults.Json(new StatusView("live"), ApiJson.Default.StatusView)).For(RouteAccess.Everybody)
            .Describe("Server", "isLive", "Whether the program runs.",
                it => it.Answer(ApiJson.Default.StatusView, Examples.Status));
        routes.MapMethods("/readyz", Methods, ReadyAsync).For(RouteAccess.Everybody)
            .Describe("Server", "isReady", "Whether it takes requests and mail, and can write.",
                it => it.Answer(ApiJson.Default.StatusView, Examples.Status));
    }

    private static async Task<IResult> ReadyAsync(IMessageStore store, ServerState state, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (state.IsDraining)
            return Problem.Unavailable("The server is stopping: running transactions may finish, new ones are refused.");
        if (!state.IsListening)
            return Problem.Unavailable("The server is starting: not all listeners are bound yet.");
        try
        {
            await store.CheckAsync(cancellationToken).WaitAsync(Patience, clock, cancellationToken);
            return TypedResults.Json(new StatusView("ready"), ApiJson.Default.StatusView);
        }
        catch (TimeoutException)
        {
            return Problem.Unavailable("The store did not answer in time. Look at the disk and at the log.");
        }
    }
}
