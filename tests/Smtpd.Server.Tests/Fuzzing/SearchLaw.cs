using System.Globalization;
using System.Text;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;
using Smtpd.Server.Storage;
using Smtpd.Tests.Fuzzing;

namespace Smtpd.Server.Tests.Fuzzing;

/// <summary>
/// Queries of any text: reading one never throws, what was read is written so that it is read as the same, and no store fails at it: what a query finds and what its opposite finds are all messages,
/// each once.
/// </summary>
internal static class SearchLaw
{
    public const int Messages = 30;

    private static readonly string[] Pieces =
    [
        "invoice", "INV", "straße", "発注", "a", "1", "OR", "AND", "NOT", "NEAR", "NEAR(a b,999999999)", " ", " ", " ", "\"", "“", "\\", "(", ")", "-", "!", "*", "^", "+", ":", ";", "--", "/*", "'", "''", "%", "_", "{", "}", "&", "|", "<->",
        "subject:", "from:", "rcpt:", "header:", "body:", "filename:", "is:", "read", "unpinned", "has:attachment", "tag:", "red", "message-id:", "<1@x.test>", "mailbox:", "default", "before:", "after:", "2026-11-23", "T10:00Z", "7d",
        "99999999999w", "larger:", "smaller:", "5", "K", "9223372036854775807", "\ud800", "\0", "\u0001", "\u202e", "\r\n", "'; DROP TABLE messages; --", "\") OR 1=1 --", "rowid:1", "{subject body}: a", "é", "e\u0301", "12e45",
    ];

    private static readonly string[] Vocabulary = ["invoice", "order", "straße", "発注", "a", "1", "12e45abc", "red", "OR", "NEAR", "O'Brien", "100%", "under_score", "<b>", "café"];

    /// <summary>The law of the language alone.</summary>
    public static string? Check(int seed)
    {
        var (text, query) = Make(seed);
        if (query.Problem is not null)
            return query.Problem.Length == 0 || query.Root is not SearchOr { Nodes.Count: 0 } ? $"seed {seed}: {text} is wrong and finds something" : null;
        var written = Print(query.Root);
        if (written.Length > SearchQuery.MaximumLength || written.Contains(TooDeep, StringComparison.Ordinal))
            return null;
        var again = SearchQuery.Parse(written, Clock.Instance);
        return again.Problem is null && Print(again.Root) == written ? null : $"seed {seed}: {text} is read as {written}, and that as {again.Problem ?? Print(again.Root)}";
    }

    /// <summary>The law of a store that holds what <see cref="FillAsync"/> put there, and nothing else.</summary>
    public static async Task<string?> CheckAsync(int seed, IMessageStore store, CancellationToken cancellationToken)
    {
        var (text, query) = Make(seed);
        if (query.Problem is not null)
            return null;
        var opposite = SearchQuery.Parse("-(" + text, Clock.Instance);
        var found = await FindAsync(store, query, cancellationToken);
        if (found.Count != found.Distinct().Count() || found.Count > Messages)
            return $"seed {seed}: {text} finds {found.Count} of {Messages}";
        // What was left open at the end stays so in parentheses; what closes more than it opens ends them.
        if (opposite.Problem is not null || Print(opposite.Root) != Print(new SearchNot(query.Root)))
            return null;
        var others = await FindAsync(store, opposite, cancellationToken);
        return found.Concat(others).Order().SequenceEqual(Enumerable.Range(1, Messages).Select(each => (long)each)) ? null : $"seed {seed}: {text} finds {string.Join(' ', found)}, its opposite {string.Join(' ', others)}";
    }

    /// <summary>Puts messages into mailbox 1 of a new store.</summary>
    public static async Task FillAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        for (var i = 1; i <= Messages; i++)
        {
            MessageEnvelope envelope = new("a@x.test", 1, "client.x.test", "192.0.2.1", "mx.y.test", "ESMTP", null, null);
            NewMessage message = new(store.NextId(), Clock.Instance.GetUtcNow().AddDays(-random.Next(20)), envelope, HeaderSummary.Empty with { MessageId = $"{i}@x.test" }, [new(1, ["b@y.test"])]);
            await using (var content = store.CreateContent(message.Id, null))
            {
                content.Append(new byte[random.Next(1, 9000)]);
                await store.StoreAsync(message, content, cancellationToken);
            }

            var document = SearchDocument.Of(new()
            {
                Subject = random.Chain(Vocabulary, 3),
                From = [random.Pick<string>(Vocabulary) + " <a@x.test>"],
                Headers = [new("X-Test", random.Pick<string>(Vocabulary))],
                Body = string.Join(' ', Enumerable.Range(0, random.Next(9)).Select(_ => random.Pick<string>(Vocabulary))),
            });
            await store.IndexAsync([new(message.Id, new("", [], []), document, "", [new(1, SearchTokens.Normalise("b@y.test", 100), "")])], cancellationToken);
            if (random.Chance(0.5))
                await store.ChangeAsync(1, [i], new(random.Chance(0.5), random.Chance(0.5), ["Red"]), cancellationToken);
        }
    }

    private static (string Text, SearchQuery Query) Make(int seed)
    {
        var random = new Random(seed);
        var text = random.Chain(Pieces, random.Chance(0.1) ? 40 : 8);
        return (text, SearchQuery.Parse(text, Clock.Instance));
    }

    private static async Task<List<long>> FindAsync(IMessageStore store, SearchQuery query, CancellationToken cancellationToken) =>
        [.. (await store.SearchAsync(new(query, [1], null, 100, Descending: false), cancellationToken)).Select(each => each.Message.Uid)];

    // -- Writing what was read -----------------------------------------------------------------------------------------

    // A word may hold what no quotation mark can be put around, and a query of many parts more parentheses than are read.
    private const string TooDeep = "((((((((";

    private static string Print(SearchNode node) => node switch
    {
        SearchAnd { Nodes.Count: 0 } => "",
        SearchAnd and => $"({string.Join(' ', and.Nodes.Select(Print))})",
        SearchOr or => $"({string.Join(" OR ", or.Nodes.Select(Print))})",
        SearchNot { Node: SearchNot twice } => Print(twice.Node),
        SearchNot not => "-" + Print(not.Node),
        SearchWords words => $"{(words.Field == SearchField.Any ? "" : NameOf(words.Field) + ":")}{Value(words)}",
        SearchFlag flag => $"is:{(flag.IsSet ? "" : "un")}{flag.Name.ToString().ToLowerInvariant()}",
        SearchHasAttachment => "has:attachment",
        SearchTag tag => $"tag:{Quote(tag.Tag)}",
        SearchMessageId id => $"message-id:{Quote(id.MessageId)}",
        SearchMailbox mailbox => $"mailbox:{Quote(mailbox.IdOrName)}",
        SearchLarger larger => string.Create(CultureInfo.InvariantCulture, $"larger:{larger.Bytes}"),
        SearchSmaller smaller => string.Create(CultureInfo.InvariantCulture, $"smaller:{smaller.Bytes}"),
        SearchBefore before => $"before:{Print(before.Time)}",
        SearchAfter after => $"after:{Print(after.Time)}",
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    // The beginning of a word may go on, a quoted one may not.
    private static string Value(SearchWords words) => words.IsPrefix ? string.Join('.', words.Tokens) : Quote(string.Join(' ', words.Tokens));

    private static string NameOf(SearchField field) => field switch { SearchField.Recipient => "rcpt", SearchField.FileName => "filename", _ => field.ToString().ToLowerInvariant() };

    private static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (var each in text)
            quoted.Append(each is '"' or '\\' or '\u201C' or '\u201D' ? "\\" : "").Append(each);
        return quoted.Append('"').ToString();
    }

    private static string Print(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Always the same time, for what counts back from now.</summary>
    private sealed class Clock : TimeProvider
    {
        public static readonly Clock Instance = new();

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    }
}
