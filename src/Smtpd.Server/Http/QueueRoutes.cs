using System.Globalization;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>A mailbox as a work queue: lease, acknowledge or give back; what fails too often is put aside.</summary>
internal static class QueueRoutes
{
    private const int MaximumLeases = 100;
    private const int MaximumAttempts = 1000;
    private static readonly TimeSpan DefaultVisibility = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaximumVisibility = TimeSpan.FromHours(12);
    private static readonly TimeSpan MaximumDelay = TimeSpan.FromDays(7);
    private static readonly TimeSpan MaximumWait = TimeSpan.FromMinutes(5);

    // A lease that runs out is told by nobody.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public static void MapQueue(this IEndpointRouteBuilder routes)
    {
        var mailbox = routes.MapGroup("/api/mailboxes/{mailboxId:int}");
        mailbox.MapPost("lease", LeaseAsync)
            .Describe("Queue", "leaseMessages", "Takes messages for oneself for a while, the oldest first.",
                it => it.Remark("Nobody else gets them until they are given back or the time is over. Who has done the work acknowledges it.")
                    .Takes(ApiJson.Default.LeaseBody, Examples.LeaseRequest, isOptional: true).Answer(ApiJson.Default.LeaseListView, Examples.Leases));
        mailbox.MapGet("dead", ListDeadAsync)
            .Describe("Queue", "listDead", "Messages put aside after too many attempts.",
                it => it.Page(MessageRoutes.MaximumLimit).Answer(ApiJson.Default.DeadListView, Examples.Dead));
        mailbox.MapPost("messages/{uid:long}/ack", AcknowledgeAsync)
            .Describe("Queue", "acknowledgeMessage", "The work is done: the message is never leased again.",
                it => it.Takes(ApiJson.Default.AcknowledgementBody, Examples.Acknowledgement).AnswerNothing());
        mailbox.MapPost("messages/{uid:long}/nack", ReleaseAsync)
            .Describe("Queue", "releaseMessage", "The work failed: the message is free again, or put aside after its last attempt.",
                it => it.Takes(ApiJson.Default.ReleaseBody, Examples.Release).AnswerNothing());
        mailbox.MapPost("messages/{uid:long}/revive", ReviveAsync)
            .Describe("Queue", "reviveMessage", "Gives a message that was put aside all its attempts back.",
                it => it.AnswerNothing());
    }

    private static async Task<IResult> LeaseAsync(
        int mailboxId, HttpRequest request, Caller caller, IMessageStore store, MessageWaiters waiters, ServerState state, TimeProvider clock, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.LeaseBody, cancellationToken, orElse: new());
        if (body is null)
            return problem!;
        var visibility = body.Visibility ?? DefaultVisibility;
        if (body.Limit is < 1 or > MaximumLeases || body.Attempts is < 1 or > MaximumAttempts || visibility < TimeSpan.FromSeconds(1) || visibility > MaximumVisibility
            || body.Wait > MaximumWait)
        {
            return Problem.BadRequest(string.Create(CultureInfo.InvariantCulture,
                $"`limit` is from 1 to {MaximumLeases}, `visibility` from 1 second to 12 hours, `attempts` from 1 to {MaximumAttempts}, `wait` at most 5 minutes."));
        }

        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, state.Stopping);
        var leased = await LeaseOrWaitAsync(store, waiters, clock, caller, mailboxId, new(body.Limit, visibility, body.Attempts), body.Wait ?? TimeSpan.Zero, either.Token);
        return TypedResults.Json(new LeaseListView([.. leased.Select(LeaseView.Of)]), ApiJson.Default.LeaseListView);
    }

    private static async Task<IReadOnlyList<LeasedMessage>> LeaseOrWaitAsync(
        IMessageStore store, MessageWaiters waiters, TimeProvider clock, Caller caller, int mailboxId, LeaseRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            // Looked up before leasing: what comes in between ends the wait.
            var newest = patience > TimeSpan.Zero && await store.ListAsync(mailboxId, new(null, 1, Descending: true), cancellationToken) is [var one] ? one.Uid : 0;
            var leased = await store.LeaseAsync(mailboxId, request, cancellationToken);
            var left = patience - clock.GetElapsedTime(start);
            if (leased.Count > 0 || left <= TimeSpan.Zero || cancellationToken.IsCancellationRequested)
                return leased;
            try
            {
                await waiters.WaitAsync(caller, mailboxId, new(null, null, null), newest, left < LookAgain ? left : LookAgain, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return [];
            }
        }
    }

    private static async Task<IResult> AcknowledgeAsync(int mailboxId, long uid, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.AcknowledgementBody, cancellationToken);
        if (body is null)
            return problem!;
        return await store.AcknowledgeAsync(mailboxId, uid, body.Token, body.Delete, cancellationToken) ? TypedResults.NoContent() : NoLease(uid);
    }

    private static async Task<IResult> ReleaseAsync(int mailboxId, long uid, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.ReleaseBody, cancellationToken);
        if (body is null)
            return problem!;
        if (body.Delay > MaximumDelay)
            return Problem.BadRequest("`delay` is at most 7 days.");
        return await store.ReleaseAsync(mailboxId, uid, body.Token, body.Delay ?? TimeSpan.Zero, cancellationToken) ? TypedResults.NoContent() : NoLease(uid);
    }

    private static async Task<IResult> ListDeadAsync(int mailboxId, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        QueryReader query = new(request.Query);
        var limit = (int)(query.Number("limit", 1, MessageRoutes.MaximumLimit) ?? 50);
        var after = query.Number("after", 0, long.MaxValue);
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);
        var found = await store.ListDeadAsync(mailboxId, after, limit + 1, cancellationToken);
        long? next = found.Count > limit ? found[limit - 1].Message.Uid : null;
        return TypedResults.Json(new DeadListView([.. found.Take(limit).Select(each => new DeadView(MessageView.Of(each.Message), each.Attempts))], next), ApiJson.Default.DeadListView);
    }

    private static async Task<IResult> ReviveAsync(int mailboxId, long uid, IMessageStore store, CancellationToken cancellationToken) =>
        await store.ReviveAsync(mailboxId, uid, cancellationToken)
            ? TypedResults.NoContent()
            : Problem.NotFound("There is no such dead message", string.Create(CultureInfo.InvariantCulture,
                $"Message {uid} is not dead. GET /api/mailboxes/{mailboxId}/dead lists those that are."));

    private static ProblemResult NoLease(long uid) => Problem.Conflict(string.Create(CultureInfo.InvariantCulture,
        $"The lease of message {uid} is over, or its token is another: somebody else may have the message by now. Lease again, and do nothing with this one."));
}
