using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

internal static class MailboxRoutes
{
    public static void MapMailboxes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/mailboxes", ListAsync);
        routes.MapGet("/api/mailboxes/{mailboxId:int}", FindAsync);
    }

    private static async Task<IResult> ListAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var mailboxes = await store.ListMailboxesAsync(cancellationToken);
        return TypedResults.Json(new MailboxListView([.. mailboxes.Select(MailboxView.Of)]), ApiJson.Default.MailboxListView);
    }

    private static async Task<IResult> FindAsync(int mailboxId, IMessageStore store, CancellationToken cancellationToken) =>
        await store.FindMailboxAsync(mailboxId, cancellationToken) is Mailbox mailbox
            ? TypedResults.Json(MailboxView.Of(mailbox), ApiJson.Default.MailboxView)
            : Problem.NoMailbox(mailboxId);
}
