using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Connections that ended without mail or with a refusal, the latest first: for people who ask why no mail came.</summary>
internal static class SessionRoutes
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/sessions", (HttpRequest request, Caller caller, SessionLog log) => List(request, caller, log, null))
            .Describe("Sessions", "listSessions", "Connections that ended without mail or with a refusal, the latest first.",
                it => it.Number("limit", "Items at most.", 1, 500, 50).Answer(ApiJson.Default.SessionListView, Examples.Sessions));
        routes.MapGet("/api/mailboxes/{mailboxId:int}/sessions", ListOfMailboxAsync)
            .Describe("Sessions", "listMailboxSessions", "The same for connections that had to do with one mailbox.",
                it => it.Number("limit", "Items at most.", 1, 500, 50).Answer(ApiJson.Default.SessionListView, Examples.Sessions));
    }

    private static async Task<IResult> ListOfMailboxAsync(
        int mailboxId, HttpRequest request, Caller caller, SessionLog log, IMessageStore store, CancellationToken cancellationToken) =>
        await store.FindMailboxAsync(mailboxId, cancellationToken) is null ? Problem.NoMailbox(mailboxId) : List(request, caller, log, mailboxId);

    private static IResult List(HttpRequest request, Caller caller, SessionLog log, int? mailboxId)
    {
        QueryReader query = new(request.Query);
        var limit = (int)(query.Number("limit", 1, 500) ?? 50);
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        return TypedResults.Json(new SessionListView([.. log.List(mailboxId, limit).Select(each => View(each, caller))]), ApiJson.Default.SessionListView);
    }

    private static SessionView View(SessionRecord session, Caller caller)
    {
        var isOwn = session.MailboxIds.All(caller.MaySee);
        return new(session.Id, session.StartedAt.UtcDateTime, session.EndedAt.UtcDateTime, session.RemoteAddress, session.Helo, session.User,
            [.. session.MailboxIds.Where(caller.MaySee).Order()], session.Messages, session.Refused, isOwn ? session.Transcript : null);
    }
}
