using System.Globalization;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mime;
using Smtpd.Server.Reading;

namespace Smtpd.Server.Http;

/// <summary>The HTML of a message, made safe, and what is found in it: links, and codes that let somebody in.</summary>
internal static class HtmlRoutes
{
    // The second line of defence: whatever gets through the cleaning runs nothing, loads nothing and is no part of our origin.
    private const string Policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; ";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHtml(this IEndpointRouteBuilder routes)
    {
        var message = routes.MapGroup("/api/mailboxes/{mailboxId:int}/messages/{uid:long}");
        message.MapMethods("html", GetAndHead, HtmlAsync)
            .Describe("Content", "readHtml", "The HTML of the message, made safe to be shown in a frame.",
                it => it.Remark("Without scripts, forms and frames. Pictures of the message (`cid:`) are shown; those of others only with `remote=allow`, as they tell the sender that the message is read. "
                        + "The header field Smtpd-Blocked-Loads says how many were left out. 404 when the message has no HTML.")
                    .Choice("remote", "Whether pictures and fonts are fetched from elsewhere.", "block", "allow").Choice("source", "1: the HTML as it came, as text.", "0", "1")
                    .AnswerContent("The HTML.", "text/html", "text/plain"));
        message.MapGet("links", LinksAsync)
            .Describe("Content", "listLinks", "Every address that the message names.", it => it.Answer(ApiJson.Default.LinkListView, Examples.Links));
        message.MapGet("codes", CodesAsync)
            .Describe("Content", "findCodes", "One-time codes, and links that sign in, confirm or reset; the surest first.", it => it.Answer(ApiJson.Default.CodeListView, Examples.Codes));
    }

    private static async Task<IResult> HtmlAsync(int mailboxId, long uid, HttpContext context, MessageReader reader, ContentKeys keys, CancellationToken cancellationToken)
    {
        QueryReader query = new(context.Request.Query);
        var remote = query.Choice("remote", "block", "allow") is "allow" ? RemoteContent.Allowed : RemoteContent.Blocked;
        var isSource = query.Choice("source", "0", "1") is "1";
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (await reader.ReadAsync(mailboxId, uid, cancellationToken) is not (_, MimeMessage content))
            return Problem.NoMessage(mailboxId, uid);
        if (content.Html is null)
            return Problem.NotFound("There is no HTML", string.Create(CultureInfo.InvariantCulture, $"The message has none. Its text is at /api/mailboxes/{mailboxId}/messages/{uid}/text."));
        if (isSource)
        {
            ContentRoutes.Disarm(context.Response);
            return TypedResults.Text(content.Html, "text/plain; charset=utf-8");
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"/api/mailboxes/{mailboxId}/messages/{uid}/attachments/");
        var clean = SafeHtml.Clean(content.Html, remote, id => Picture(content, id) is int index ? keys.Sign(string.Create(CultureInfo.InvariantCulture, $"{path}{index}")) : null);
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy + (remote == RemoteContent.Allowed ? "img-src 'self' data: http: https:; font-src data: http: https:" : "img-src 'self' data:");
        // Firefox looks up the hosts of links before anybody clicks, which tells whoever owns the name that the mail is read.
        headers["X-DNS-Prefetch-Control"] = "off";
        headers["Smtpd-Blocked-Loads"] = clean.BlockedLoads.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Text(clean.Html, "text/html; charset=utf-8");
    }

    private static int? Picture(MimeMessage content, string contentId) =>
        content.Attachments.FirstOrDefault(each => string.Equals(each.ContentId, contentId, StringComparison.Ordinal) && PartDelivery.IsPicture(each.ContentType))?.Index;

    private static async Task<IResult> LinksAsync(int mailboxId, long uid, MessageReader reader, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync(mailboxId, uid, cancellationToken) is not (_, MimeMessage content))
            return Problem.NoMessage(mailboxId, uid);
        var unsubscribe = content.Headers.FirstOrDefault(each => each.Name.Equals("List-Unsubscribe", StringComparison.OrdinalIgnoreCase))?.Raw;
        var links = MessageLinks.Of(content.Html, content.Text, unsubscribe);
        return TypedResults.Json(new LinkListView([.. links.Select(LinkView.Of)]), ApiJson.Default.LinkListView);
    }

    private static async Task<IResult> CodesAsync(int mailboxId, long uid, MessageReader reader, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync(mailboxId, uid, cancellationToken) is not (_, MimeMessage content))
            return Problem.NoMessage(mailboxId, uid);
        var codes = OneTimeCodes.Find(content.Summary.Subject, content.Text, content.Html);
        return TypedResults.Json(new CodeListView([.. codes.Select(CodeView.Of)]), ApiJson.Default.CodeListView);
    }
}
