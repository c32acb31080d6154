using System.Globalization;
using System.Runtime.CompilerServices;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;

namespace Smtpd.Server.Http;

/// <summary>Many messages at once: by their UIDs, by a query, or all. A request works for a few seconds at most and says whether there is more.</summary>
internal static class BulkRoutes
{
    private const int MaximumUids = 10_000;
    private const int Chunk = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static void MapBulk(this IEndpointRouteBuilder routes)
    {
        routes.MapPatch("/api/mailboxes/{mailboxId:int}/messages", ChangeAsync)
            .Describe("Messages", "changeMessages", "Marks or tags many messages: by UIDs, by a query, or all.",
                it => it.Remark("Works for some seconds at most; `more` says that there is more to do: ask again.")
                    .Takes(ApiJson.Default.BulkChangeBody, Examples.BulkPatch).Answer(ApiJson.Default.ChangedView, Examples.Changed));
        routes.MapDelete("/api/mailboxes/{mailboxId:int}/messages", DeleteAsync)
            .Describe("Messages", "deleteMessages", "Deletes many messages: by UIDs, by a query, or, without both, all.",
                it => it.Remark("Works for some seconds at most; `more` says that there is more to do: ask again.").Text("q", "What to delete, as in a search.", "before:7d is:unpinned")
                    .Takes(ApiJson.Default.BulkDeletionBody, Examples.BulkDeletion, isOptional: true).Answer(ApiJson.Default.DeletedView, Examples.Deleted));
    }

    private static async Task<IResult> ChangeAsync(int mailboxId, HttpRequest request, IMessageStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.BulkChangeBody, cancellationToken);
        if (body is null)
            return problem!;
        (var change, var wrong) = body.ToChangeBody().ToChange();
        if (change is null)
            return Problem.BadRequest(wrong!);
        if ((body.Uids is null ? 0 : 1) + (body.Query is null ? 0 : 1) + (body.All ? 1 : 0) != 1)
            return Problem.BadRequest("Say which messages: give exactly one of `uids`, `query` and `\"all\": true`.");
        (var query, problem) = Parse(body.Uids, body.Query, clock);
        if (problem is not null)
            return problem;
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        var pages = Pages(store, mailboxId, body.Uids, query, cancellationToken);
        (var changed, var more) = await RunAsync(pages, clock, uids => store.ChangeAsync(mailboxId, uids, change, cancellationToken));
        return TypedResults.Json(new ChangedView(changed, more), ApiJson.Default.ChangedView);
    }

    private static async Task<IResult> DeleteAsync(int mailboxId, HttpRequest request, IMessageStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var asked = query.Text("q");
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (asked is null && request.Query.ContainsKey("q"))
            return Problem.BadRequest("`q` is empty. To delete everything leave it out.");
        BulkDeletionBody everything = new();
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.BulkDeletionBody, cancellationToken, orElse: everything);
        if (body is null)
            return problem!;
        if ((body.Uids is null ? 0 : 1) + (body.Query is null ? 0 : 1) + (asked is null ? 0 : 1) > 1 || (!ReferenceEquals(body, everything) && body is { Uids: null, Query: null }))
            return Problem.BadRequest("Say which messages: `{\"uids\":[…]}`, `{\"query\":\"…\"}` or `?q=…`; to delete everything send none of them and no body.");
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        if ((asked ?? body.Query) is null && body.Uids is null)
            return TypedResults.Json(new DeletedView(await store.DeleteAllAsync(mailboxId, cancellationToken), false), ApiJson.Default.DeletedView);

        (var parsed, problem) = Parse(body.Uids, asked ?? body.Query, clock);
        if (problem is not null)
            return problem;
        var pages = Pages(store, mailboxId, body.Uids, parsed, cancellationToken);
        (var deleted, var more) = await RunAsync(pages, clock, uids => store.DeleteAsync(mailboxId, uids, cancellationToken));
        return TypedResults.Json(new DeletedView(deleted, more), ApiJson.Default.DeletedView);
    }

    private static (SearchQuery? Query, IResult? Problem) Parse(IReadOnlyList<long>? uids, string? text, TimeProvider clock)
    {
        if (uids?.Count > MaximumUids)
            return (null, Problem.BadRequest(string.Create(CultureInfo.InvariantCulture, $"`uids` has at most {MaximumUids} numbers. Send several requests.")));
        var query = text is null ? null : SearchQuery.Parse(text, clock);
        // Blanks that find everything are hardly meant so.
        if (query is { Problem: null, IsEmpty: true })
            return (null, Problem.BadRequest("The query is empty. Say `\"all\": true` to change everything; to delete everything send no query at all."));
        return (query, query?.Problem is string problem ? Problem.BadRequest(problem) : null);
    }

    private static async IAsyncEnumerable<IReadOnlyCollection<long>> Pages(
        IMessageStore store, int mailboxId, IReadOnlyList<long>? uids, SearchQuery? query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chunk in (uids ?? []).Chunk(Chunk))
            yield return chunk;
        if (uids is not null)
            yield break;
        await foreach (var page in MessagePages.ReadAsync(store, mailboxId, query, cancellationToken))
            yield return [.. page.Select(each => each.Uid)];
    }

    private static async Task<(long Number, bool More)> RunAsync(IAsyncEnumerable<IReadOnlyCollection<long>> pages, TimeProvider clock, Func<IReadOnlyCollection<long>, Task<int>> act)
    {
        var start = clock.GetTimestamp();
        long number = 0;
        await foreach (var uids in pages)
        {
            number += await act(uids);
            if (clock.GetElapsedTime(start) > Patience)
                return (number, true);
        }

        return (number, false);
    }
}
