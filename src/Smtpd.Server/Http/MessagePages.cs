using System.Runtime.CompilerServices;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;

namespace Smtpd.Server.Http;

/// <summary>Messages that something is to be done with, page by page, so that a million of them is no list in memory. What comes after the start is not meant, else it might never end.</summary>
internal static class MessagePages
{
    private const int Size = 500;

    /// <summary>Everything in a mailbox, or what a query finds there; the oldest first.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<Message>> ReadAsync(
        IMessageStore store, int mailboxId, SearchQuery? query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await store.ListAsync(mailboxId, new(null, 1, Descending: true), cancellationToken) is not [var newest])
            yield break;
        var pages = query is null ? ListAsync(store, mailboxId, cancellationToken) : SearchAsync(store, mailboxId, query, cancellationToken);
        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            yield return [.. page.Where(each => each.Uid <= newest.Uid)];
            // A search goes by ids, and a message that took long to arrive has a low id and a high UID: one alone is no sign of the end.
            if (page.All(each => each.Uid > newest.Uid))
                yield break;
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<Message>> ListAsync(IMessageStore store, int mailboxId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long after = 0; ;)
        {
            var page = await store.ListAsync(mailboxId, new(after, Size, Descending: false), cancellationToken);
            if (page.Count == 0)
                yield break;
            after = page[^1].Uid;
            yield return page;
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<Message>> SearchAsync(
        IMessageStore store, int mailboxId, SearchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (SearchCursor? after = null; ;)
        {
            var page = await store.SearchAsync(new(query, [mailboxId], after, Size, Descending: false), cancellationToken);
            if (page.Count == 0)
                yield break;
            after = page[^1].Cursor;
            yield return [.. page.Select(each => each.Message)];
        }
    }
}
