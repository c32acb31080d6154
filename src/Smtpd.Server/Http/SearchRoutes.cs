using System.Globalization;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Indexing;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Http;

/// <summary><c>GET /api/search</c>: over all mailboxes that the caller may see, or one of them.</summary>
internal static class SearchRoutes
{
    private const int MaximumLimit = 200; // each costs highlights
    private const int MaximumHighlightedAddresses = 20;

    public static void MapSearch(this IEndpointRouteBuilder routes) => routes.MapGet("/api/search", SearchAsync).For(RouteAccess.Users)
            .Describe("Messages", "searchMessages", "Messages that a query finds, with what was found.",
                it => it.Text("q", "Words, \"phrases\", field:value, - for not; empty finds everything.", "from:shop is:unread order")
                    .Number("mailbox", "Only this one.", 0, int.MaxValue).Number("limit", "Items at most.", 1, MaximumLimit, 50).Text("after", "The `next` of the page before.")
                    .Choice("order", "Newest or oldest first.", "desc", "asc").Answer(ApiJson.Default.SearchResultView, Examples.Found));

    private static async Task<IResult> SearchAsync(HttpRequest request, Caller caller, IMessageStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var text = query.Text("q", SearchQuery.MaximumLength);
        var mailbox = (int?)query.Number("mailbox", 0, int.MaxValue);
        var limit = (int)(query.Number("limit", 1, MaximumLimit) ?? 50);
        var descending = query.Choice("order", "desc", "asc") is "desc";
        var after = query.Text("after", 100);
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        SearchCursor cursor = default;
        if (after is not null && !TryParseCursor(after, out cursor))
            return Problem.BadRequest("`after` must be the `next` of the page before.");
        var parsed = SearchQuery.Parse(text, clock);
        if (parsed.Problem is not null)
            return Problem.BadRequest(parsed.Problem);
        if (mailbox is int asked && (!caller.MaySee(asked) || await store.FindMailboxAsync(asked, cancellationToken) is null))
            return Problem.NoMailbox(asked);

        int[]? where = (mailbox ?? caller.MailboxId) is int only ? [only] : null;
        var found = await store.SearchAsync(new(parsed, where, after is null ? null : cursor, limit + 1, descending), cancellationToken);
        var next = found.Count > limit ? FormatCursor(found[limit - 1].Cursor) : null;
        return TypedResults.Json(new SearchResultView([.. found.Take(limit).Select(each => View(parsed, each))], next), ApiJson.Default.SearchResultView);
    }

    private static MessageView View(SearchQuery query, SearchHit hit)
    {
        (var message, var summary) = (hit.Message, hit.Message.Summary);
        var highlights = SearchHighlighter.Find(query,
        [
            new(SearchField.Subject, summary.Subject),
            new(SearchField.From, summary.From is null ? null : $"{summary.From.Name} {summary.From.Address}"),
            .. summary.To.Take(MaximumHighlightedAddresses).Select(each => new SearchText(SearchField.To, $"{each.Name} {each.Address}")),
            .. summary.Cc.Take(MaximumHighlightedAddresses).Select(each => new SearchText(SearchField.Cc, $"{each.Name} {each.Address}")),
            .. message.Recipients.Take(MaximumHighlightedAddresses).Select(each => new SearchText(SearchField.Recipient, each)),
            .. (message.Reading?.Attachments ?? []).Take(MaximumHighlightedAddresses).Select(each => new SearchText(SearchField.FileName, each.FileName)),
            new(SearchField.Body, SearchHighlighter.LooksAt(query, SearchField.Body) ? BodyOf(hit) : null),
        ]);
        return MessageView.Of(message) with { Highlights = [.. highlights.Select(each => new HighlightView(each.Field, each.Fragment, each.Ranges))] };
    }

    private static string BodyOf(SearchHit hit) => hit is { Excerpt.Length: 0, Content: byte[] octets } ? MessageIndexing.BodyOf(MimeReader.Read(octets)) : hit.Excerpt;

    private static string FormatCursor(SearchCursor cursor) => string.Create(CultureInfo.InvariantCulture, $"{cursor.Id}-{cursor.MailboxId}");

    private static bool TryParseCursor(string text, out SearchCursor cursor)
    {
        cursor = default;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !MessageId.TryParse(text.AsSpan(0, dash), out var id)
            || !int.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var mailboxId))
        {
            return false;
        }

        cursor = new(id, mailboxId);
        return true;
    }
}
