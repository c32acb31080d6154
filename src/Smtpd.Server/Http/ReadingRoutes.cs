using System.Globalization;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>What is in a message: its text, its header, its parts and attachments.</summary>
internal static class ReadingRoutes
{
    private const int MaximumTextLength = 1 << 20;

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapReading(this IEndpointRouteBuilder routes)
    {
        var message = routes.MapGroup("/api/mailboxes/{mailboxId:int}/messages/{uid:long}");
        message.MapGet("text", TextAsync)
            .Describe("Content", "readText", "What the message says: its plain text, or the words of its HTML.",
                it => it.AnswerContent("The text.", "text/plain"));
        message.MapGet("headers", HeadersAsync)
            .Describe("Content", "readHeaders", "All header fields, in their order.",
                it => it.Answer(ApiJson.Default.HeaderListView, Examples.Headers));
        message.MapGet("parts", PartsAsync)
            .Describe("Content", "listParts", "The MIME parts in the order of the message; their paths say where in the tree.",
                it => it.Answer(ApiJson.Default.PartListView, Examples.Parts));
        message.MapMethods("parts/{path}", GetAndHead, PartAsync)
            .Describe("Content", "readPart", "The decoded octets of a part, to be saved.",
                it => it.Remark("Takes Range.").AnswerContent("The octets.", "application/octet-stream"));
        message.MapMethods("attachments/{index:int}", GetAndHead, AttachmentAsync)
            .Describe("Content", "readAttachment", "The decoded octets of an attachment.",
                it => it.Remark("Takes Range and If-None-Match; the ETag is the SHA-256 of the octets. What a browser might run comes as octets to be saved.")
                    .Choice("inline", "1: show it, where it is a picture, a PDF file or plain text.", "0", "1").Text(ContentKeys.Parameter, "In addresses that `…/html` has written: opens this one picture.")
                    .AnswerContent("The octets.", "application/octet-stream"));
    }

    private static async Task<IResult> TextAsync(int mailboxId, long uid, HttpContext context, MessageReader reader, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync(context, mailboxId, uid, cancellationToken) is not { Content: var content })
            return Problem.NoMessage(mailboxId, uid);
        ContentRoutes.Disarm(context.Response);
        return TypedResults.Text(content.Text ?? (content.Html is null ? "" : HtmlText.Of(content.Html, MaximumTextLength)), "text/plain; charset=utf-8");
    }

    private static async Task<IResult> HeadersAsync(int mailboxId, long uid, HttpContext context, MessageReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(context, mailboxId, uid, cancellationToken) is { Content: var content }
            ? TypedResults.Json(new HeaderListView(content.Headers), ApiJson.Default.HeaderListView)
            : Problem.NoMessage(mailboxId, uid);

    private static async Task<IResult> PartsAsync(int mailboxId, long uid, HttpContext context, MessageReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(context, mailboxId, uid, cancellationToken) is { Content: var content }
            ? TypedResults.Json(new PartListView([.. All(content.Root).Select(PartView.Of)]), ApiJson.Default.PartListView)
            : Problem.NoMessage(mailboxId, uid);

    private static async Task<IResult> PartAsync(
        int mailboxId, long uid, string path, HttpContext context, MessageReader reader, IMessageStore store, CancellationToken cancellationToken)
    {
        // Over with this: a slow client must not keep others from reading.
        using var read = await reader.ReadAsync(context, mailboxId, uid, cancellationToken);
        if (read is not { Content: var content })
            return Problem.NoMessage(mailboxId, uid);
        if (All(content.Root).FirstOrDefault(each => string.Equals(each.Path, path, StringComparison.Ordinal)) is not MimePart part)
            return Problem.NotFound("There is no such part", string.Create(CultureInfo.InvariantCulture,
                $"GET /api/mailboxes/{mailboxId}/messages/{uid}/parts lists those that the message has, by their paths."));
        if (await store.OpenContentAsync(mailboxId, uid, cancellationToken) is not Stream raw)
            return Problem.NoMessage(mailboxId, uid);
        PartFacts facts = new(part.FileName ?? "part-" + part.Path, part.ContentType, part.Size, Convert.ToHexStringLower(part.Sha256.Span));
        return PartDelivery.Answer(context, raw, part.Body, facts, inline: false);
    }

    private static async Task<IResult> AttachmentAsync(
        int mailboxId, long uid, int index, HttpContext context, MessageReader reader, IMessageStore store, ContentKeys keys, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request.Query).Ignore(ContentKeys.Parameter);
        var inline = query.Choice("inline", "0", "1") is "1";
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        // Over with this: a slow client must not keep others from reading.
        using var read = await reader.ReadAsync(context, mailboxId, uid, cancellationToken);
        if (read is not { Content: var content })
            return Problem.NoMessage(mailboxId, uid);
        if (content.Attachments.FirstOrDefault(each => each.Index == index) is not MimeAttachment attachment)
            return Problem.NotFound("There is no such attachment", string.Create(CultureInfo.InvariantCulture, $"The message has {content.Attachments.Count} attachment(s), counted from 1."));
        if (keys.Opens(context.Request))
        {
            // The key stands in a mail that we show, for the pictures of that mail: it is no way to the other files.
            if (!PartDelivery.IsPicture(attachment.ContentType))
                return Problem.Forbidden("The key opens pictures only. Ask without it, with credentials.");
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        }

        if (await store.OpenContentAsync(mailboxId, uid, cancellationToken) is not Stream raw)
            return Problem.NoMessage(mailboxId, uid);
        var name = attachment.FileName ?? string.Create(CultureInfo.InvariantCulture, $"attachment-{index}");
        return PartDelivery.Answer(context, raw, attachment.Body, new(name, attachment.ContentType, attachment.Size, attachment.Sha256), inline);
    }

    // In the order of the message; without recursion, as the sender decides how deep it goes.
    private static IEnumerable<MimePart> All(MimePart root)
    {
        Stack<MimePart> left = new([root]);
        while (left.TryPop(out var part))
        {
            yield return part;
            for (var i = part.Children.Count - 1; i >= 0; i--)
                left.Push(part.Children[i]);
        }
    }
}
