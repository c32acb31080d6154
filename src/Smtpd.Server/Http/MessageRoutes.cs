using Microsoft.Net.Http.Headers;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

internal static class MessageRoutes
{
    private const int DefaultLimit = 50;
    private const int MaximumLimit = 500;

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("/api/mailboxes/{mailboxId:int}/messages");
        messages.MapGet("", ListAsync);
        messages.MapDelete("", DeleteAllAsync);
        messages.MapGet("{uid:long}", FindAsync);
        messages.MapDelete("{uid:long}", DeleteAsync);
        messages.MapMethods("{uid:long}/raw", [HttpMethods.Get, HttpMethods.Head], RawAsync);
        messages.MapGet("{uid:long}/eml", EmlAsync);
    }

    private static async Task<IResult> ListAsync(int mailboxId, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var limit = (int)(query.Number("limit", 1, MaximumLimit) ?? DefaultLimit);
        var after = query.Number("after", 0, long.MaxValue);
        var descending = query.Choice("order", "desc", "asc") is "desc";
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);

        // One more than asked for tells whether there is a next page.
        var found = await store.ListAsync(mailboxId, new(after, limit + 1, descending), cancellationToken);
        long? next = found.Count > limit ? found[limit - 1].Uid : null;
        return TypedResults.Json(new MessageListView([.. found.Take(limit).Select(MessageView.Of)], next), ApiJson.Default.MessageListView);
    }

    private static async Task<IResult> FindAsync(int mailboxId, long uid, IMessageStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(mailboxId, uid, cancellationToken) is Message message
            ? TypedResults.Json(MessageView.Of(message), ApiJson.Default.MessageView)
            : Problem.NoMessage(mailboxId, uid);

    private static async Task<IResult> DeleteAsync(int mailboxId, long uid, IMessageStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(mailboxId, [uid], cancellationToken) > 0 ? TypedResults.NoContent() : Problem.NoMessage(mailboxId, uid);

    private static async Task<IResult> DeleteAllAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        await store.DeleteAllAsync(mailboxId, cancellationToken);
        return TypedResults.NoContent();
    }

    // The octets as they came. The hash is theirs, so it is the entity tag.
    private static async Task<IResult> RawAsync(int mailboxId, long uid, HttpResponse response, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(mailboxId, uid, cancellationToken) is not Message message
            || await store.OpenContentAsync(mailboxId, uid, cancellationToken) is not Stream content)
        {
            return Problem.NoMessage(mailboxId, uid);
        }

        Disarm(response);
        EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(message.Sha256.Span)}\"");
        return TypedResults.Stream(content, "message/rfc822", message.Id + ".eml", message.ReceivedAt, tag, enableRangeProcessing: true);
    }

    private static async Task<IResult> EmlAsync(int mailboxId, long uid, HttpResponse response, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(mailboxId, uid, cancellationToken) is not Message message
            || await store.OpenContentAsync(mailboxId, uid, cancellationToken) is not Stream content)
        {
            return Problem.NoMessage(mailboxId, uid);
        }

        await using (content)
        {
            var trace = TraceFields.For(message);
            Disarm(response);
            response.ContentType = "message/rfc822";
            response.ContentLength = trace.Length + content.Length;
            response.Headers.ContentDisposition = $"attachment; filename={message.Id}.eml";
            await response.Body.WriteAsync(trace, cancellationToken);
            await content.CopyToAsync(response.Body, cancellationToken);
        }

        return TypedResults.Empty;
    }

    // Whatever a browser makes of somebody else's message, it must not do so in our origin.
    private static void Disarm(HttpResponse response) => response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
}
