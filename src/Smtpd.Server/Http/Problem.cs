global using ProblemResult = Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<Smtpd.Server.Http.ProblemView>;
using System.Globalization;

namespace Smtpd.Server.Http;

/// <summary>Error answers (RFC 9457). The detail says what to do.</summary>
internal static class Problem
{
    public const string ContentType = "application/problem+json";

    public static ProblemResult BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "The request is not understood", detail);

    public static ProblemResult Unauthorized(string detail) => Of(StatusCodes.Status401Unauthorized, "Credentials are needed", detail);

    public static ProblemResult Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "Not allowed", detail);

    public static ProblemResult NotFound(string title, string detail) => Of(StatusCodes.Status404NotFound, title, detail);

    public static ProblemResult Conflict(string detail) => Of(StatusCodes.Status409Conflict, "This stands in the way", detail);

    public static ProblemResult TooLarge(long maximum) => Of(StatusCodes.Status413PayloadTooLarge, "The body is too large",
        string.Create(CultureInfo.InvariantCulture, $"At most {maximum} octets are taken here."));

    public static ProblemResult NoMailbox(int mailboxId) => NotFound("There is no such mailbox",
        string.Create(CultureInfo.InvariantCulture, $"Mailbox {mailboxId} does not exist. GET /api/mailboxes lists those that do."));

    public static ProblemResult NoMessage(int mailboxId, long uid) => NotFound("There is no such message",
        string.Create(CultureInfo.InvariantCulture, $"Mailbox {mailboxId} has no message {uid}. GET /api/mailboxes/{mailboxId}/messages lists those it has."));

    public static ProblemResult Unavailable(string detail) => Of(StatusCodes.Status503ServiceUnavailable, "Not available at the moment", detail);

    public static ProblemResult TooMany(string detail) => Of(StatusCodes.Status429TooManyRequests, "Too much at the same time", detail);

    public static ProblemResult Of(int status, string title, string detail) =>
        TypedResults.Json(new ProblemView(title, status, detail), ApiJson.Default.ProblemView, ContentType, status);
}
