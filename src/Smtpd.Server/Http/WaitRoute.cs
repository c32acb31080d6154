using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

internal static class WaitRoute
{
    private const int DefaultTimeout = 30;
    private const int MaximumTimeout = 300; // longer, and proxies on the way give up first

    public static void MapWait(this IEndpointRouteBuilder routes) => routes.MapGet("/api/mailboxes/{mailboxId:int}/wait", WaitAsync)
            .Describe("Messages", "waitForMessage", "The first message that fits, as soon as it is there.",
                it => it.Text("to", "Part of an address that the message was sent to, in the envelope or in To and Cc.").Text("from", "Part of the sender's name or address.")
                    .Text("subject", "Part of the subject.").Number("since", "Only messages with a greater UID.", 0, long.MaxValue, 0)
                    .Number("timeout", "Seconds to wait.", 0, MaximumTimeout, DefaultTimeout).Answer(ApiJson.Default.MessageView, Examples.Message).AnswerNothing("None came in time."));

    private static async Task<IResult> WaitAsync(
        int mailboxId, HttpRequest request, Caller caller, IMessageStore store, MessageWaiters waiters, ServerState state, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var since = query.Number("since", 0, long.MaxValue) ?? 0;
        var timeout = query.Number("timeout", 0, MaximumTimeout) ?? DefaultTimeout;
        MessageFilter filter = new(query.Text("to"), query.Text("from"), query.Text("subject"));
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, state.Stopping);
        try
        {
            var found = await waiters.WaitAsync(caller, mailboxId, filter, since, TimeSpan.FromSeconds(timeout), either.Token);
            return found is null ? TypedResults.NoContent() : TypedResults.Json(MessageView.Of(found), ApiJson.Default.MessageView);
        }
        catch (OperationCanceledException) when (state.IsDraining)
        {
            return Problem.Unavailable("The server is stopping. Ask again when it is back.");
        }
    }
}
