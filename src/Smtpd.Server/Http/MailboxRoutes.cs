using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Mailboxes: to list, make, change and remove.</summary>
internal static class MailboxRoutes
{
    private const int DefaultLimit = 500;
    private const int MaximumLimit = 1000;

    public static void MapMailboxes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/mailboxes", ListAsync).For(RouteAccess.Users)
            .Describe("Mailboxes", "listMailboxes", "The mailboxes that the caller may see, by id.",
                it => it.Number("project", "Only those of this project.", 0, int.MaxValue).Number("limit", "Items at most.", 1, MaximumLimit, DefaultLimit)
                    .Number("after", "The `next` of the page before: the id of its last mailbox.", 0, int.MaxValue).Answer(ApiJson.Default.MailboxListView, Examples.Mailboxes));
        routes.MapPost("/api/mailboxes", AddAsync)
            .Describe("Mailboxes", "addMailbox", "Makes a mailbox.",
                it => it.Remark("What is left out is made up: name, user, password and address; an empty list means none. Passwords that were made up are shown here and never again.")
                    .Takes(ApiJson.Default.NewMailboxBody, Examples.NewMailbox, isOptional: true).Answer(ApiJson.Default.MailboxView, Examples.CreatedMailbox, 201, "Made."));
        routes.MapGet("/api/mailboxes/{mailboxId:int}", FindAsync)
            .Describe("Mailboxes", "findMailbox", "One mailbox, with its users and addresses.",
                it => it.Remark("The ETag is of what PATCH can change.").Answer(ApiJson.Default.MailboxView, Examples.Mailbox));
        routes.MapPatch("/api/mailboxes/{mailboxId:int}", ChangeAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "changeMailbox", "Changes a mailbox by a merge patch (RFC 7396).",
                it => it.Remark("Limits that are lower than what is there take effect at once: the oldest messages go, pinned ones stay.")
                    .Header("If-Match", "The ETag of the mailbox as it was read: 412 when it was changed since.")
                    .Takes(ApiJson.Default.MailboxPatchBody, Examples.MailboxPatch, contentType: "application/merge-patch+json").Answer(ApiJson.Default.MailboxView, Examples.Mailbox));
        routes.MapDelete("/api/mailboxes/{mailboxId:int}", RemoveAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "removeMailbox", "Removes a mailbox with everything in it, its users and its addresses.",
                it => it.AnswerNothing());
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, IMessageStore store, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var project = (int?)query.Number("project", 0, int.MaxValue);
        var limit = (int)(query.Number("limit", 1, MaximumLimit) ?? DefaultLimit);
        var after = (int)(query.Number("after", 0, int.MaxValue) ?? 0);
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        // One more than asked for tells whether there is a next page.
        var found = caller.MailboxId is int own ? await FindOwnAsync(own, project, after, store, cancellationToken)
            : await store.ListMailboxesAsync(new MailboxQuery(project, after, limit + 1), cancellationToken);
        int? next = found.Count > limit ? found[limit - 1].Id : null;
        return TypedResults.Json(new MailboxListView([.. found.Take(limit).Select(MailboxView.Of)], next), ApiJson.Default.MailboxListView);
    }

    private static async Task<IReadOnlyList<Mailbox>> FindOwnAsync(int mailboxId, int? project, int after, IMessageStore store, CancellationToken cancellationToken)
    {
        return await store.FindMailboxAsync(mailboxId, cancellationToken) is Mailbox mailbox && mailbox.Id > after && (project is null || project == mailbox.Settings.ProjectId) ? [mailbox] : [];
    }

    private static async Task<IResult> FindAsync(int mailboxId, HttpResponse response, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is not Mailbox mailbox)
            return Problem.NoMailbox(mailboxId);
        return TypedResults.Json(await ViewAsync(mailbox, response, store, cancellationToken), ApiJson.Default.MailboxView);
    }

    private static async Task<IResult> AddAsync(
        HttpRequest request, IMessageStore store, MailboxInvention invention, TimeProvider clock, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.NewMailboxBody, cancellationToken, orElse: new());
        if (body is null)
            return problem!;
        var draft = invention.Complete(body, clock.GetUtcNow());
        if (draft.Wrong is not null)
            return Problem.BadRequest(draft.Wrong);
        var addition = await store.AddMailboxAsync(draft.Mailbox!, cancellationToken);
        if (addition.Mailbox is not Mailbox mailbox)
            return Refuse(addition, body.Project);
        var response = request.HttpContext.Response;
        var view = await ViewAsync(mailbox, response, store, cancellationToken);
        response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/api/mailboxes/{mailbox.Id}");
        view = view with { Credentials = draft.Credentials, Urls = invention.Urls(request, mailbox.Id) };
        return TypedResults.Json(view, ApiJson.Default.MailboxView, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> ChangeAsync(int mailboxId, HttpRequest request, IMessageStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        (var patch, var problem) = await JsonBody.ReadPatchAsync(request, ApiJson.Default.MailboxPatchBody, cancellationToken);
        if (problem is not null)
            return problem;
        var wanted = request.Headers.IfMatch;
        var now = clock.GetUtcNow();
        var project = 0;
        // What is wrong depends on what the mailbox is, which is only known in there.
        var addition = await store.ChangeMailboxAsync(mailboxId, settings =>
        {
            problem = null;
            if (wanted.Count > 0 && !Fits(wanted, settings))
            {
                problem = Problem.Of(StatusCodes.Status412PreconditionFailed, "The mailbox has been changed", "Read it again; its ETag is what If-Match must say.");
                return settings;
            }

            (var merged, problem) = Merge(settings, patch, now);
            project = merged?.Project ?? 0;
            return problem is null ? merged!.ToSettings() : settings;
        }, cancellationToken);
        if (problem is not null)
            return problem;
        if (addition.Mailbox is not null)
            return TypedResults.Json(await ViewAsync(addition.Mailbox, request.HttpContext.Response, store, cancellationToken), ApiJson.Default.MailboxView);
        return await store.FindMailboxAsync(mailboxId, cancellationToken) is null ? Problem.NoMailbox(mailboxId) : Refuse(addition, project);
    }

    private static async Task<IResult> RemoveAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken) =>
        await store.RemoveMailboxAsync(mailboxId, cancellationToken) ? TypedResults.NoContent() : Problem.NoMailbox(mailboxId);

    private static (MailboxSettingsBody? Merged, IResult? Problem) Merge(
        MailboxSettings settings, JsonElement patch, DateTimeOffset now)
    {
        var node = MergePatch.Apply(JsonSerializer.SerializeToNode(MailboxSettingsBody.Of(settings), ApiJson.Default.MailboxSettingsBody), patch);
        (var merged, var problem) = JsonBody.Parse(JsonSerializer.SerializeToUtf8Bytes(node!, ApiJson.Default.JsonNode), ApiJson.Default.MailboxSettingsBody);
        if (merged is null)
            return (null, problem);
        var wrong = merged.Check();
        if (merged.ExpiresAt <= now && merged.ExpiresAt != settings.ExpiresAt)
            wrong ??= "`expiresAt` is in the past: DELETE the mailbox instead.";
        return wrong is null ? (merged, null) : (null, Problem.BadRequest(wrong));
    }

    private static ProblemResult Refuse(MailboxAddition addition, int project) => addition.Taken is string taken
        ? Problem.Conflict($"`{taken}` is taken by another mailbox. Choose another one, or remove it there.")
        : Problem.BadRequest(string.Create(CultureInfo.InvariantCulture, $"`project` {project} does not exist. GET /api/projects lists those that do."));

    private static async Task<MailboxView> ViewAsync(Mailbox mailbox, HttpResponse response, IMessageStore store, CancellationToken cancellationToken)
    {
        response.Headers.ETag = Tag(mailbox.Settings);
        var users = await store.ListCredentialsAsync(mailbox.Id, cancellationToken);
        var addresses = await store.ListAddressesAsync(mailbox.Id, null, cancellationToken);
        return MailboxView.Of(mailbox) with { Users = [.. users.Select(each => each.User)], Addresses = [.. addresses.Select(each => each.Rule.Text)] };
    }

    // Of what can be changed, not of the counts: mail that comes between reading and changing is no conflict. Nothing here is ever cached.
    private static string Tag(MailboxSettings settings) => "\"" + Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(MailboxSettingsBody.Of(settings), ApiJson.Default.MailboxSettingsBody)).AsSpan(0, 8)) + "\"";

    private static bool Fits(StringValues wanted, MailboxSettings settings) =>
        wanted.SelectMany(each => (each ?? "").Split(',', StringSplitOptions.TrimEntries)).Any(each => each is "*" || string.Equals(each, Tag(settings), StringComparison.Ordinal));
}
