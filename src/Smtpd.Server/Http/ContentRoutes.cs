using Microsoft.Net.Http.Headers;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Http;

/// <summary>A message as it came: its octets, with and without the trace of its way, and the dialogue that brought it.</summary>
internal static class ContentRoutes
{
    public static void MapContent(this IEndpointRouteBuilder routes)
    {
        var message = routes.MapGroup("/api/mailboxes/{mailboxId:int}/messages/{uid:long}");
        message.MapMethods("raw", [HttpMethods.Get, HttpMethods.Head], RawAsync)
            .Describe("Content", "readRaw", "The message octet for octet as it was received.",
                it => it.Remark("Takes Range and If-None-Match; the ETag is the SHA-256 of the octets.").AnswerContent("The octets.", "message/rfc822"));
        message.MapGet("eml", EmlAsync)
            .Describe("Content", "readEml", "The message behind the Return-Path and Received fields of its delivery here.",
                it => it.AnswerContent("The message.", "message/rfc822"));
        message.MapGet("transcript", TranscriptAsync)
            .Describe("Content", "readTranscript", "The SMTP dialogue that brought the message, secrets blanked.",
                it => it.AnswerContent("The dialogue.", "text/plain"));
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

    private static async Task<IResult> TranscriptAsync(
        int mailboxId, long uid, Caller caller, HttpResponse response, IMessageStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(mailboxId, uid, cancellationToken) is not Message message)
            return Problem.NoMessage(mailboxId, uid);
        // The dialogue names them all.
        if (!caller.IsAdministrator && message.Envelope.RecipientCount > message.Recipients.Count)
            return Problem.Forbidden("The message went to other mailboxes too, which its transcript names: only administrators may read it.");
        if (await store.ReadTranscriptAsync(mailboxId, uid, cancellationToken) is not string transcript)
            return Problem.NotFound("There is no transcript", "The message came another way than by SMTP, or transcripts were not kept at the time.");
        Disarm(response);
        return TypedResults.Text(transcript, "text/plain; charset=utf-8");
    }

    /// <summary>Whatever a browser makes of somebody else's message, it must not do so in our origin.</summary>
    public static void Disarm(HttpResponse response) => response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
}
