using System.Collections.Frozen;
using System.Globalization;

namespace Smtpd.Server.Search;

/// <summary>Makes a node of one <c>field:value</c>, or says what the value should be.</summary>
internal sealed class SearchTerms(TimeProvider time)
{
    private static readonly FrozenDictionary<string, SearchField> s_words = new Dictionary<string, SearchField>(StringComparer.OrdinalIgnoreCase)
    {
        ["subject"] = SearchField.Subject,
        ["from"] = SearchField.From,
        ["to"] = SearchField.To,
        ["cc"] = SearchField.Cc,
        ["bcc"] = SearchField.Bcc,
        ["rcpt"] = SearchField.Recipient,
        ["addressed"] = SearchField.Addressed,
        ["filename"] = SearchField.FileName,
        ["header"] = SearchField.Header,
        ["body"] = SearchField.Body,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_others =
        new[] { "is", "has", "tag", "message-id", "before", "after", "larger", "smaller", "mailbox" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] s_dateForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Whether text before a colon is one; otherwise the colon is part of the words, as in <c>Re: invoice</c>.</summary>
    public static bool IsField(string name) => s_words.ContainsKey(name) || s_others.Contains(name);

    /// <summary>Null without a problem: words that have no letter and no digit, which are not looked for.</summary>
    public SearchNode? Make(string name, string value, bool isQuoted, out string? problem)
    {
        problem = null;
        if (name.Length == 0)
            return Words(SearchField.Any, value, isQuoted);
        name = name.ToLowerInvariant();
        value = value.Trim();
        if (value.Length == 0)
            problem = $"{name}: has no value. Write it directly behind the colon, as in {Example(name)}.";
        else if ((s_words.TryGetValue(name, out var field) ? Words(field, value, isQuoted) : Other(name, value)) is SearchNode node)
            return node;
        else
            problem = $"{name}:{value} is not understood. Write {Example(name)}.";
        return null;
    }

    private static SearchWords? Words(SearchField field, string value, bool isQuoted)
    {
        var tokens = SearchTokens.Read(value);
        return tokens.Count == 0 ? null : new(field, [.. tokens.Select(each => each.Token)], tokens.Count > 1, !isQuoted);
    }

    private SearchNode? Other(string name, string value) => name switch
    {
        "is" => value.ToLowerInvariant() switch
        {
            "read" => new SearchFlag(SearchFlagName.Read, true),
            "unread" => new SearchFlag(SearchFlagName.Read, false),
            "pinned" => new SearchFlag(SearchFlagName.Pinned, true),
            "unpinned" => new SearchFlag(SearchFlagName.Pinned, false),
            _ => null,
        },
        "has" => value.ToLowerInvariant() is "attachment" or "attachments" ? new SearchHasAttachment() : null,
        "tag" => new SearchTag(value),
        "mailbox" => new SearchMailbox(value),
        "message-id" => value.Trim('<', '>') is { Length: > 0 } id ? new SearchMessageId(id) : null,
        "before" => Time(value) is DateTimeOffset before ? new SearchBefore(before) : null,
        "after" => Time(value) is DateTimeOffset after ? new SearchAfter(after) : null,
        "larger" => Bytes(value) is long larger ? new SearchLarger(larger) : null,
        "smaller" => Bytes(value) is long smaller ? new SearchSmaller(smaller) : null,
        _ => null,
    };

    private static string Example(string name) => name switch
    {
        "is" => "is:read, is:unread, is:pinned or is:unpinned",
        "has" => "has:attachment",
        "before" or "after" => $"{name}:2026-11-23, {name}:2026-11-23T10:00Z or {name}:7d (w, d, h and m count back from now)",
        "larger" or "smaller" => $"{name}:10K or {name}:5M",
        "tag" => "tag:release",
        "mailbox" => "mailbox:1 or mailbox:default",
        "message-id" => "message-id:abc@example.com",
        "subject" or "header" => $"{name}:word or {name}:\"two words\"",
        "filename" => "filename:report.pdf",
        "body" => "body:word",
        _ => $"{name}:alice@example.com or {name}:alice",
    };

    // An amount and its unit; a date of no zone is one of UTC, as all times here are.
    private DateTimeOffset? Time(string value)
    {
        if (DateTimeOffset.TryParseExact(value, s_dateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return date;
        long minutes = char.ToLowerInvariant(value[^1]) switch { 'm' => 1, 'h' => 60, 'd' => 24 * 60, 'w' => 7 * 24 * 60, _ => 0 };
        if (minutes == 0 || !Number(value.AsSpan(0, value.Length - 1), out var amount))
            return null;
        var now = time.GetUtcNow();
        return amount > (now - DateTimeOffset.UnixEpoch).TotalMinutes / minutes ? DateTimeOffset.UnixEpoch : now - TimeSpan.FromMinutes(amount * minutes);
    }

    private static long? Bytes(string value)
    {
        var number = value.AsSpan();
        if (number.Length > 1 && number[^1] is 'B' or 'b')
            number = number[..^1];
        var shift = char.ToLowerInvariant(number[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        return Number(shift > 0 ? number[..^1] : number, out var amount) && amount <= long.MaxValue >> shift ? amount << shift : null;
    }

    private static bool Number(ReadOnlySpan<char> digits, out long number) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
