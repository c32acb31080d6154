using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary><c>GET /api/events</c>: what happens, as it happens (server-sent events of HTML).</summary>
internal static class EventRoutes
{
    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/api/events", ListenAsync).For(RouteAccess.Users)
            .Describe("Events", "listenToEvents", "What happens, as it happens, as server-sent events.",
                it => it.Remark("Events: `message.stored` and `message.changed` with a Message, `messages.removed` with a RemovedEvent, `mailbox.changed` with a MailboxEvent, `reset` with a ResetEvent "
                        + "(events were missed: look again), and every 15 seconds a `heartbeat`. After an interruption send the last id, and nothing is missing.")
                    .Number("mailbox", "Only this one.", 0, int.MaxValue).Text("lastEventId", "As the header.").Header("Last-Event-ID", "The id of the last event that was seen.")
                    .AnswerContent("Events, until somebody ends it.", "text/event-stream"));

    private static async Task<IResult> ListenAsync(
        HttpContext context, Caller caller, IMessageStore store, EventListeners listeners, CancellationToken cancellationToken)
    {
        QueryReader query = new(context.Request.Query);
        var mailbox = (int?)query.Number("mailbox", 0, int.MaxValue);
        var seen = query.Text("lastEventId", 100) ?? context.Request.Headers["Last-Event-ID"].ToString();
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        if (mailbox is int asked && (!caller.MaySee(asked) || await store.FindMailboxAsync(asked, cancellationToken) is null))
            return Problem.NoMailbox(asked);
        if (!listeners.TryEnter(caller, out var refusal))
            return refusal;
        // Proxies that collect answers would hold them back.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(listeners.ListenAsync(caller, mailbox ?? caller.MailboxId, seen, cancellationToken));
    }
}

/// <summary>Those who listen to events. Bounded.</summary>
internal sealed class EventListeners(EventRing ring, ServerSettings settings, ServerState state, TimeProvider clock)
{
    private const string Heartbeat = "heartbeat";
    private const string Reset = "reset";
    private const int BatchSize = 100;
    private const string Everywhere = """{"mailboxId":null}""";

    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);
    private readonly CallerShares shares = new(settings.Http.EventListeners);

    public int Count => (int)shares.Taken;

    public bool TryEnter(Caller caller, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out IResult? refusal)
    {
        refusal = state.IsDraining ? Problem.Unavailable("The server is stopping. Listen again when it is back.") : null;
        refusal ??= shares.TryTake(caller) switch
        {
            ShareResult.ShareTaken => Problem.TooMany("Too many users of this mailbox listen to events already: they share a quarter of Http:EventListeners. End one of them."),
            ShareResult.AllTaken => Problem.Unavailable("Too many listen to events already (Http:EventListeners). Try again later."),
            _ => null,
        };
        return refusal is null;
    }

    /// <summary>To be called after <see cref="TryEnter"/>, which it takes back at its end.</summary>
    /// <param name="mailbox">The one to listen to; <c>null</c> for all.</param>
    /// <param name="seen">The id of the last event that the client knows; empty for none.</param>
    public async IAsyncEnumerable<SseItem<string>> ListenAsync(
        Caller caller, int? mailbox, string seen, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, state.Stopping);
        // When the mailbox changes: its user may be one no more, and must show credentials again.
        var mayEnd = !caller.IsAdministrator;
        try
        {
            var known = seen.Length > 0 ? ring.PositionAfter(seen) : ring.Next;
            var position = known ?? ring.Next;
            if (known is null)
                yield return Item(Reset, Everywhere, position - 1);
            // With an id from the start: who is cut off before the first event misses nothing either.
            yield return Item(Heartbeat, "{}", position - 1);
            List<RingEvent> batch = new(BatchSize);
            while (!either.IsCancellationRequested)
            {
                var changed = ring.Changed;
                batch.Clear();
                if (!ring.TryRead(ref position, batch, BatchSize))
                {
                    position = ring.Next;
                    yield return Item(Reset, Everywhere, position - 1);
                    if (mayEnd)
                        yield break; // what was missed may be that change
                    continue;
                }

                foreach (var each in batch)
                {
                    if (mailbox is not null && mailbox != each.MailboxId)
                        continue;
                    yield return Item(each.Name, each.Json, each.Number);
                    if (mayEnd && each.MayChangeAccess)
                        yield break;
                }

                if (batch.Count == 0 && !await IsChangedAsync(changed, either.Token))
                    yield return Item(Heartbeat, "{}", position - 1);
            }
        }
        finally
        {
            shares.GiveBack(caller);
        }
    }

    // False when it is time to show that we live. The end of the server looks like a change.
    private async Task<bool> IsChangedAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(HeartbeatEvery, clock, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private SseItem<string> Item(string name, string json, long number) => new(json, name) { EventId = ring.IdOf(number) };
}
