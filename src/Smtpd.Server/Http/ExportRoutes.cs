using System.Globalization;
using Smtpd.Server.Exchange;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;

namespace Smtpd.Server.Http;

/// <summary>Takes messages out of a mailbox, all or what a query finds: as one mbox file, or as a zip of .eml files.</summary>
internal static class ExportRoutes
{
    public static void MapExport(this IEndpointRouteBuilder routes) => routes.MapGet("/api/mailboxes/{mailboxId:int}/export", ExportAsync)
            .Describe("Exchange", "exportMessages", "The messages of a mailbox, or what a query finds there, as one file.",
                it => it.Choice("format", "An mbox file (mboxrd), or a zip of .eml files.", "mbox", "zip").Text("q", "Only what this finds, as in a search.").AnswerContent("The file.", "application/mbox", "application/zip"));

    private static async Task<IResult> ExportAsync(int mailboxId, HttpContext context, IMessageStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        QueryReader query = new(context.Request.Query);
        var format = query.Choice("format", "mbox", "zip");
        var text = query.Text("q", SearchQuery.MaximumLength);
        if (query.Wrong is not null)
            return Problem.BadRequest(query.Wrong);
        var parsed = text is null ? null : SearchQuery.Parse(text, clock);
        if (parsed?.Problem is string problem)
            return Problem.BadRequest(problem);
        if (await store.FindMailboxAsync(mailboxId, cancellationToken) is null)
            return Problem.NoMailbox(mailboxId);

        var response = context.Response;
        ContentRoutes.Disarm(response);
        response.ContentType = format is "zip" ? "application/zip" : "application/mbox";
        response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=mailbox-{mailboxId}.{format}");
        var messages = MessagePages.ReadAsync(store, mailboxId, parsed, cancellationToken);
        await (format is "zip" ? ZipAsync(messages, store, response.Body, cancellationToken) : MboxAsync(messages, store, response.Body, cancellationToken));
        return TypedResults.Empty;
    }

    private static async Task MboxAsync(IAsyncEnumerable<IReadOnlyList<Message>> pages, IMessageStore store, Stream output, CancellationToken cancellationToken)
    {
        MboxWriter writer = new(output);
        await foreach (var message in EachAsync(pages).WithCancellation(cancellationToken))
        {
            // Deleted meanwhile: passed over.
            await using var content = await store.OpenContentAsync(message.MailboxId, message.Uid, cancellationToken);
            if (content is not null)
                await writer.WriteAsync(message.Envelope.Sender, message.ReceivedAt, content, cancellationToken);
        }
    }

    private static async Task ZipAsync(IAsyncEnumerable<IReadOnlyList<Message>> pages, IMessageStore store, Stream output, CancellationToken cancellationToken)
    {
        await using var zip = await ZipExport.CreateAsync(output, cancellationToken);
        await foreach (var message in EachAsync(pages).WithCancellation(cancellationToken))
        {
            await using var content = await store.OpenContentAsync(message.MailboxId, message.Uid, cancellationToken);
            if (content is not null && !await zip.AddAsync(null, message.Uid, message.Summary.Subject, message.ReceivedAt, content, cancellationToken))
                throw new StoreUnavailableException($"A zip holds at most {ZipExport.MaximumEntries} messages: the export was cut. Use format=mbox, or a query that finds less.");
        }
    }

    private static async IAsyncEnumerable<Message> EachAsync(IAsyncEnumerable<IReadOnlyList<Message>> pages)
    {
        await foreach (var page in pages)
        {
            foreach (var message in page)
                yield return message;
        }
    }
}
