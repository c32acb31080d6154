using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Messages of a mailbox, and the tags on them.</summary>
internal static class MessageRoutes
{
    private const int DefaultLimit = 50;
    public const int MaximumLimit = 500;

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var mailbox = routes.MapGroup("/api/mailboxes/{mailboxId:int}");
        mailbox.MapGet("tags", ListTagsAsync)
            .Describe("Messages", "listTags", "Tags in use, and on how many messages.",
                it => it.Answer(ApiJson.Default.TagListView, Examples.Tags));
        mailbox.MapGet("messages", ListAsync)
            .Describe("Messages", "listMessages", "Messages, the newest first.",
                it => it.Page(MaximumLimit).Choice("order", "Newest or oldest first.", "desc", "asc").Answer(ApiJson.Default.MessageListView, Examples.Messages));
        mailbox.MapGet("messages/{uid:long}", FindAsync)
            .Describe("Messages", "findMessage", "One message.",
                it => it.Answer(ApiJson.Default.MessageView, Examples.Message));
        mailbox.MapPatch("messages/{uid:long}", ChangeAsync)
            .Describe("Messages", "changeMessage", "Marks a message as read or pinned, and tags it.",
                it => it.Takes(ApiJson.Default.MessageChangeBody, Examples.MessagePatch).Answer(ApiJson.Default.MessageView, Examples.Message));
        mailbox.MapDelete("messages/{uid:long}", DeleteAsync)
            .Describe("Messages", "deleteMessage", "Deletes a message.",
                it => it.AnswerNothing());
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

    private static async Task<IResult> ChangeAsync(int mailboxId, long uid, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.MessageChangeBody, cancellationToken);
        if (body is null)
            return problem!;
        (var change, var wrong) = body.ToChange();
        if (change is null)
            return Problem.BadRequest(wrong!);
        return await store.ChangeAsync(mailboxId, [uid], change, cancellationToken) > 0
            ? await FindAsync(mailboxId, uid, store, cancellationToken)
            : Problem.NoMessage(mailboxId, uid);
    }

    private static async Task<IResult> DeleteAsync(int mailboxId, long uid, IMessageStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(mailboxId, [uid], cancellationToken) > 0 ? TypedResults.NoContent() : Problem.NoMessage(mailboxId, uid);

    private static async Task<IResult> ListTagsAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        var tags = await store.ListTagsAsync(mailboxId, cancellationToken);
        return TypedResults.Json(new TagListView([.. tags.Select(each => new TagView(each.Tag, each.Messages))]), ApiJson.Default.TagListView);
    }
}
