using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Smtpd.Server.Http;

/// <summary>Error answers (RFC 9457). The detail says what to do.</summary>
internal static class Problem
{
    private const string ContentType = "application/problem+json";

    public static JsonHttpResult<ProblemView> BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "The request is not understood", detail);

    public static JsonHttpResult<ProblemView> NoMailbox(int mailboxId) => Of(StatusCodes.Status404NotFound, "There is no such mailbox",
        string.Create(CultureInfo.InvariantCulture, $"Mailbox {mailboxId} does not exist. GET /api/mailboxes lists those that do."));

    public static JsonHttpResult<ProblemView> NoMessage(int mailboxId, long uid) => Of(StatusCodes.Status404NotFound, "There is no such message",
        string.Create(CultureInfo.InvariantCulture, $"Mailbox {mailboxId} has no message {uid}. GET /api/mailboxes/{mailboxId}/messages lists those it has."));

    public static JsonHttpResult<ProblemView> Unavailable(string detail) => Of(StatusCodes.Status503ServiceUnavailable, "Not available at the moment", detail);

    public static JsonHttpResult<ProblemView> Of(int status, string title, string detail) =>
        TypedResults.Json(new ProblemView(title, status, detail), ApiJson.Default.ProblemView, ContentType, status);
}
