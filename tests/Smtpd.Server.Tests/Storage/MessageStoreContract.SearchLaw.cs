using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;
using Smtpd.Server.Storage;
using Smtpd.Server.Tests.Fuzzing;

namespace Smtpd.Server.Tests.Storage;

/// <summary>One law for every engine: a search finds exactly what somebody would find who reads every message.</summary>
public abstract partial class MessageStoreContract
{
    private static readonly string[] Words =
        ["invoice", "invoices", "in", "voice", "order", "your", "a", "b2", "12", "straße", "発", "注", "café", "example", "test", "o"];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_search_finds_what_a_reader_would_find(int seed)
    {
        Random random = new(seed);
        await AddAsync("second");
        await AddAsync("Third");
        List<Written> written = [];
        for (var i = 0; i < 60; i++)
            written.Add(await WriteAsync(random));

        var some = 0;
        for (var i = 0; i < 250; i++)
        {
            var query = SearchQuery.Parse(Query(random, depth: 2), TimeProvider.System);
            Assert.Null(query.Problem);
            int[]? mailboxIds = random.Next(3) switch { 0 => null, 1 => [random.Next(1, 4)], _ => [1, 3, 99] };
            var descending = random.Next(2) == 0;
            var expected = Expected(written, query, mailboxIds, descending);
            var found = await FindAllAsync(new(query, mailboxIds, null, random.Next(1, 9), descending));
            Assert.True(expected.SequenceEqual(found), $"{query.Text} in [{string.Join(',', mailboxIds ?? [])}]: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
            some += found.Count == 0 ? 0 : 1;
        }

        Assert.True(some > 100, $"only {some} queries found anything");
        for (var id = 1; id <= 3; id++)
            await Store.DeleteAllAsync(id, Cancel);
        await AssertNothingIsKeptAsync();
    }

    [Fact]
    public async Task What_needs_no_words_is_found_before_it_was_read()
    {
        await StoreAsync(NewMessage(), Octets(10));
        await StoreAsync(NewMessage(), Octets(2000));
        await Store.ChangeAsync(1, [1], new(Read: true, Tags: ["New"]), Cancel);
        foreach ((var text, var uids) in new (string, long[])[] { ("", [2, 1]), ("is:read", [1]), ("is:unread", [2]), ("tag:new", [1]), ("larger:1K", [2]), ("before:2000-01-01", []), ("word", []) })
            Assert.Equal(uids, (await Store.SearchAsync(new(SearchQuery.Parse(text, TimeProvider.System), [1], null, 10, Descending: true), Cancel)).Select(each => each.Message.Uid));
    }

    // SQL, FTS5 and tsquery have a language of their own each, and none of it may be spoken by whoever searches.
    [Fact]
    public async Task Whatever_is_asked_no_store_fails_and_the_opposite_finds_the_rest()
    {
        await SearchLaw.FillAsync(Store, Cancel);
        for (var seed = 0; seed < 400; seed++)
            Assert.Null(await SearchLaw.CheckAsync(seed, Store, Cancel));
        Assert.Equal(SearchLaw.Messages, (await Store.ListAsync(1, new(null, 100, Descending: true), Cancel)).Count);
    }

    private async Task<Written> WriteAsync(Random random)
    {
        Delivery[] deliveries = [.. Enumerable.Range(1, 3).Where(_ => random.Next(2) == 0).Append(random.Next(1, 4)).Distinct().Order().Select(id => new Delivery(id, [Some(random) + "@y.test"]))];
        var summary = HeaderSummary.Empty with { MessageId = random.Next(20) + "@x.test" };
        var message = NewMessage(summary: summary, deliveries: deliveries) with { ReceivedAt = SomeTime.AddDays(random.Next(-5, 5)) };
        var result = await StoreAsync(message, Octets(random.Next(3000)));
        var document = SearchDocument.Of(new()
        {
            Subject = Text(random, 4),
            From = [Some(random) + " <a@example.test>"],
            To = [Text(random, 2)],
            Cc = [Text(random, 1)],
            FileNames = [Text(random, 1)],
            Headers = [new("X-Test", Text(random, 2))],
            Body = Text(random, 12),
        });
        MessageAttachment[] attachments = [.. Enumerable.Range(1, random.Next(3)).Select(i => new MessageAttachment(i, null, "text/plain", 1, "00", null, random.Next(2) == 0))];
        IndexedDelivery[] shares = [.. deliveries.Select(each => new IndexedDelivery(each.MailboxId, SearchTokens.Normalise(each.Recipients[0], 100), SearchTokens.Normalise(Some(random), 100)))];
        await Store.IndexAsync([new(message.Id, new("", attachments, []), document, "", shares)], Cancel);
        List<Message> stored = [];
        foreach (var each in result.Messages)
        {
            await Store.ChangeAsync(each.MailboxId, [each.Uid], new(random.Next(2) == 0, random.Next(4) == 0, [.. new[] { "Red", "red", "blue" }.Where(_ => random.Next(3) == 0)]), Cancel);
            stored.Add((await Store.FindAsync(each.MailboxId, each.Uid, Cancel))!);
        }

        return new(stored, document, shares);
    }

    private static List<SearchCursor> Expected(List<Written> written, SearchQuery query, int[]? mailboxIds, bool descending)
    {
        var found = written.SelectMany(each => each.Messages.Select((message, i) => (message, document: each.Document with { Recipients = each.Shares[i].Recipients, Bcc = each.Shares[i].Bcc })))
            .Where(each => mailboxIds?.Contains(each.message.MailboxId) != false && Finds(query.Root, each.message, each.document))
            .Select(each => new SearchCursor(each.message.Id, each.message.MailboxId)).OrderBy(each => each.Id.Value).ThenBy(each => each.MailboxId).ToList();
        if (descending)
            found.Reverse();
        return found;
    }

    private static bool Finds(SearchNode node, Message message, SearchDocument document) => node switch
    {
        SearchAnd all => all.Nodes.All(each => Finds(each, message, document)),
        SearchOr any => any.Nodes.Any(each => Finds(each, message, document)),
        SearchNot no => !Finds(no.Node, message, document),
        SearchWords words => document.Has(words),
        SearchFlag flag => message.Flags.HasFlag(flag.Name == SearchFlagName.Read ? MessageFlags.Read : MessageFlags.Pinned) == flag.IsSet,
        SearchHasAttachment => message.Reading!.Attachments.Any(each => !each.Inline),
        SearchTag tag => message.Tags.Contains(tag.Tag, StringComparer.OrdinalIgnoreCase),
        SearchMessageId id => message.Summary.MessageId == id.MessageId,
        SearchBefore before => message.ReceivedAt < before.Time,
        SearchAfter after => message.ReceivedAt >= after.Time,
        SearchLarger larger => message.Size > larger.Bytes,
        SearchSmaller smaller => message.Size < smaller.Bytes,
        SearchMailbox mailbox => mailbox.IdOrName == "2" ? message.MailboxId == 2 : mailbox.IdOrName == "THIRD" && message.MailboxId == 3,
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private async Task<List<SearchCursor>> FindAllAsync(SearchRequest request)
    {
        List<SearchCursor> found = [];
        while (true)
        {
            var page = await Store.SearchAsync(request, Cancel);
            found.AddRange(page.Select(each => each.Cursor));
            if (page.Count < request.Limit)
                return found;
            request = request with { After = found[^1] };
        }
    }

    private static string Query(Random random, int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
            return Leaf(random);
        var parts = string.Join(random.Next(2) == 0 ? " OR " : " ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Query(random, depth - 1)));
        return random.Next(4) == 0 ? $"-({parts})" : $"({parts})";
    }

    private static string Leaf(Random random)
    {
        var leaf = random.Next(16) switch
        {
            0 => "is:" + Pick(random, "read", "unread", "pinned", "unpinned"),
            1 => "has:attachment",
            2 => "tag:" + Pick(random, "red", "BLUE", "none"),
            3 => "message-id:" + random.Next(20) + "@x.test",
            4 => Pick(random, "before:", "after:") + SomeTime.AddDays(random.Next(-5, 5)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            5 => Pick(random, "larger:", "smaller:") + random.Next(3000),
            6 => "mailbox:" + Pick(random, "2", "THIRD"),
            7 => Pick(random, "rcpt:", "bcc:", "addressed:") + Some(random),
            8 => "rcpt:" + Some(random) + "@y.test",
            9 => Pick(random, "subject:", "from:", "to:", "cc:", "filename:", "header:", "body:") + Some(random),
            10 => $"\"{Text(random, 2)}\"",
            11 => Some(random)[..1],
            _ => Some(random),
        };
        return random.Next(4) == 0 ? "-" + leaf : leaf;
    }

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, random.Next(1, words + 1)).Select(_ => Some(random)));

    private static string Some(Random random) => Words[random.Next(Words.Length)];

    private static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];

    private sealed record Written(IReadOnlyList<Message> Messages, SearchDocument Document, IReadOnlyList<IndexedDelivery> Shares);
}
