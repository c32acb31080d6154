using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary><c>POST …/messages</c>: puts messages into a mailbox that do not come by SMTP: one (<c>message/rfc822</c>), or an mbox file of many.</summary>
internal static class ImportRoutes
{
    public static void MapImport(this IEndpointRouteBuilder routes) => routes.MapPost("/api/mailboxes/{mailboxId:int}/messages", ImportAsync)
            .Describe("Exchange", "importMessages", "Puts one message into a mailbox, or those of an mbox file.",
                it => it.TakesContent("message/rfc822", "application/mbox").Answer(ApiJson.Default.ImportView, Examples.Imported, 201, "Stored."));

    private static async Task<IResult> ImportAsync(
        int mailboxId, HttpContext context, IMessageStore store, MessageImport import, ServerSettings settings, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        if (type is not ("message/rfc822" or "message/global" or "application/mbox"))
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType, "This is not mail", "Send one message as `Content-Type: message/rfc822`, or many as `application/mbox`.");
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is not Mailbox mailbox)
            return Problem.NoMailbox(mailboxId);
        var isMbox = type is "application/mbox";
        var maximum = Math.Min(settings.Smtp.Limits.MessageOctets, mailbox.Settings.Limits.MessageBytes ?? long.MaxValue);
        var body = isMbox ? settings.Http.ImportBytes : maximum;
        if (context.Request.ContentLength > body)
            return Problem.TooLarge(body);
        // The server's own limit is for JSON.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = body;
        var address = context.Connection.RemoteIpAddress;
        ImportBatch batch = new(mailboxId, maximum, (address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address)?.ToString());
        if (isMbox)
            await import.ReadMboxAsync(batch, context.Request.Body, cancellationToken);
        else
            await import.ReadOneAsync(batch, context.Request.Body, context.Request.ContentLength, cancellationToken);
        return Answer(batch, context.Response, maximum);
    }

    private static IResult Answer(ImportBatch batch, HttpResponse response, long maximum)
    {
        if (batch.Imported == 0)
        {
            return batch.Failure switch
            {
                null => Problem.BadRequest("There is no message in the body: it is empty, or no mbox file. One message is `Content-Type: message/rfc822`."),
                ImportFailure.TooLarge => Problem.TooLarge(maximum),
                ImportFailure.NoMailbox => Problem.NoMailbox(batch.MailboxId),
                _ => Problem.Unavailable("The store cannot take messages at the moment. Try again later."),
            };
        }

        if (batch.Uids.Count == 1)
            response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/api/mailboxes/{batch.MailboxId}/messages/{batch.Uids[0]}");
        return TypedResults.Json(new ImportView(batch.Imported, batch.Refused, batch.Uids, batch.Failure is ImportFailure.NoRoom),
            ApiJson.Default.ImportView, statusCode: StatusCodes.Status201Created);
    }
}

/// <param name="Refused">Messages over the size limit.</param>
/// <param name="Uids">Of the messages, the first 10 000.</param>
/// <param name="Incomplete">The store could take no more: the rest was not read.</param>
internal sealed record ImportView(long Imported, long Refused, IReadOnlyList<long> Uids, bool Incomplete);
