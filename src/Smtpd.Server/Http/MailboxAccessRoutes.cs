using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Who may use a mailbox, and which addresses lead there. Its users may look, administrators may change.</summary>
internal static class MailboxAccessRoutes
{
    public static void MapMailboxAccess(this IEndpointRouteBuilder routes)
    {
        var mailbox = routes.MapGroup("/api/mailboxes/{mailboxId:int}");
        mailbox.MapGet("users", ListUsersAsync)
            .Describe("Mailboxes", "listUsers", "Who may use the mailbox.",
                it => it.Answer(ApiJson.Default.UserListView, Examples.Users));
        mailbox.MapPost("users", AddUserAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "addUser", "Adds a user, with a password that is given or made up.",
                it => it.Takes(ApiJson.Default.UserBody, Examples.UserRequest).Answer(ApiJson.Default.CredentialView, Examples.Credential, 201, "Added."));
        mailbox.MapDelete("users/{user}", RemoveUserAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "removeUser", "Removes a user.",
                it => it.AnswerNothing());
        mailbox.MapPost("users/{user}/password", ChangePasswordAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "changePassword", "Gives a user another password, given or made up.",
                it => it.Takes(ApiJson.Default.PasswordBody, Examples.PasswordRequest, isOptional: true).Answer(ApiJson.Default.CredentialView, Examples.Credential));
        mailbox.MapGet("addresses", ListAddressesAsync)
            .Describe("Mailboxes", "listAddresses", "Which addresses lead to the mailbox.",
                it => it.Answer(ApiJson.Default.AddressListView, Examples.Addresses));
        mailbox.MapPost("addresses", AddAddressAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "addAddress", "Adds an address rule.",
                it => it.Takes(ApiJson.Default.AddressBody, Examples.AddressRequest).Answer(ApiJson.Default.AddressView, Examples.AddressRule, 201, "Added."));
        mailbox.MapDelete("addresses/{rule}", RemoveAddressAsync).For(RouteAccess.Administrators)
            .Describe("Mailboxes", "removeAddress", "Removes an address rule.",
                it => it.AnswerNothing());
    }

    private static async Task<IResult> ListUsersAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        var users = await store.ListCredentialsAsync(mailboxId, cancellationToken);
        return TypedResults.Json(new UserListView([.. users.Select(each => each.User)]), ApiJson.Default.UserListView);
    }

    private static async Task<IResult> AddUserAsync(int mailboxId, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.UserBody, cancellationToken);
        if (body is null)
            return problem!;
        (var credential, var view, var wrong) = MailboxInvention.MakeCredential(body, mailboxId);
        if (credential is null)
            return Problem.BadRequest(wrong!);
        return await store.AddCredentialAsync(credential, cancellationToken) switch
        {
            AccessChange.Done => TypedResults.Json(view!, ApiJson.Default.CredentialView, statusCode: StatusCodes.Status201Created),
            AccessChange.Taken => Problem.Conflict($"There is a user `{body.User}` already, of this mailbox or of another. Choose another name."),
            _ => Problem.NoMailbox(mailboxId),
        };
    }

    private static async Task<IResult> RemoveUserAsync(int mailboxId, string user, IMessageStore store, CancellationToken cancellationToken)
    {
        user = Segment(user);
        return await HasUserAsync(store, mailboxId, user, cancellationToken) && await store.RemoveCredentialAsync(user, cancellationToken)
            ? TypedResults.NoContent()
            : NoUser(mailboxId, user);
    }

    private static async Task<IResult> ChangePasswordAsync(int mailboxId, string user, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        user = Segment(user);
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.PasswordBody, cancellationToken, orElse: new());
        if (body is null)
            return problem!;
        if (!await HasUserAsync(store, mailboxId, user, cancellationToken))
            return NoUser(mailboxId, user);
        (var credential, var view, var wrong) = MailboxInvention.MakeCredential(new(user, body.Password, body.KeepClearSecret), mailboxId);
        if (credential is null)
            return Problem.BadRequest(wrong!);
        return await store.ChangePasswordAsync(user, credential.Verifier, credential.ClearSecret, cancellationToken)
            ? TypedResults.Json(view!, ApiJson.Default.CredentialView)
            : NoUser(mailboxId, user);
    }

    private static async Task<IResult> ListAddressesAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        var addresses = await store.ListAddressesAsync(mailboxId, null, cancellationToken);
        return TypedResults.Json(new AddressListView([.. addresses.Select(AddressView.Of)]), ApiJson.Default.AddressListView);
    }

    private static async Task<IResult> AddAddressAsync(int mailboxId, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.AddressBody, cancellationToken);
        if (body is null)
            return problem!;
        if (!AddressRule.TryParse(body.Rule, out var rule))
            return Problem.BadRequest(MailboxInvention.NoRule(body.Rule));
        MailboxAddress address = new(rule, mailboxId);
        return await store.AddAddressAsync(address, cancellationToken) switch
        {
            AccessChange.Done => TypedResults.Json(AddressView.Of(address), ApiJson.Default.AddressView, statusCode: StatusCodes.Status201Created),
            AccessChange.Taken => Problem.Conflict($"`{body.Rule}` leads to a mailbox already: to this one or to another. Remove it there first."),
            _ => Problem.NoMailbox(mailboxId),
        };
    }

    private static async Task<IResult> RemoveAddressAsync(int mailboxId, string rule, IMessageStore store, CancellationToken cancellationToken)
    {
        if (AddressRule.TryParse(Segment(rule), out var parsed)
            && await store.FindRulesAsync([parsed.Key], cancellationToken) is [{ MailboxId: var owner }, ..] && owner == mailboxId
            && await store.RemoveAddressAsync(parsed.Key, cancellationToken))
        {
            return TypedResults.NoContent();
        }

        return Problem.NotFound("There is no such address", $"`{rule}` does not lead to this mailbox. GET /api/mailboxes/{mailboxId}/addresses lists what does.");
    }

    private static async Task<bool> HasUserAsync(IMessageStore store, int mailboxId, string user, CancellationToken cancellationToken) =>
        MailboxCredential.IsUser(user) && (await store.FindCredentialAsync(user, cancellationToken))?.MailboxId == mailboxId;

    private static ProblemResult NoUser(int mailboxId, string user) => Problem.NotFound("There is no such user",
        $"Mailbox {mailboxId} has no user `{user}`. GET /api/mailboxes/{mailboxId}/users lists those it has.");

    // The web server leaves an escaped slash as it is, lest it look like one that parts segments.
    private static string Segment(string text) => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
