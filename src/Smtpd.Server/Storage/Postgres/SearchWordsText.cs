using System.Globalization;
using System.Text;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>The words of a message as the text of a <c>tsvector</c>. What a word was found in is a mark before it, as PostgreSQL has no columns in its index.</summary>
/// <remarks>
/// No mark: what a reader sees, of weight D in the body and A elsewhere. <c>:s :f :t :c :n :h</c> subject, from, to, cc, file names, headers. <c>:r: :b:</c>
/// recipients and blind copies in any mailbox, <c>:r12: :b12:</c> in mailbox 12. <c>#12</c> the message lies in mailbox 12. <c>@a</c> it has attachments,
/// <c>@l</c> it is so long that positions are incomplete. <c>:i</c> the Message-ID. Words have letters and digits only, so no beginning of one is a mark.
/// </remarks>
internal sealed class SearchWordsText
{
    public const string HasAttachment = "@a";
    public const string IsLong = "@l";
    public const char BodyWeight = 'D';

    // PostgreSQL's bounds (tsearch/ts_type.h): a word's positions, a position, the octets of all words and positions.
    private const int MaximumPositions = 255;
    private const int LastPosition = 16383;
    private const int MaximumOctets = 1_000_000;
    private const int MaximumMessageId = 500;

    // Between columns, so that no phrase goes over the edge.
    private const int Gap = 10;

    private readonly Dictionary<string, List<string>> positions = new(StringComparer.Ordinal);
    private int octets;
    private int next = 1;
    private bool isLong;

    private SearchWordsText()
    {
    }

    public static string Of(IndexedMessage message, string? messageId)
    {
        SearchWordsText words = new();
        foreach (var each in message.Deliveries)
        {
            words.AddMark(Mailbox(each.MailboxId));
            foreach ((var mark, var text) in new[] { (Mark(SearchField.Recipient, each.MailboxId), each.Recipients), (Mark(SearchField.Bcc, each.MailboxId), each.Bcc) })
                words.AddColumn(text, mark, null);
            words.AddColumn(each.Recipients, Mark(SearchField.Recipient, null), null);
            words.AddColumn(each.Bcc, Mark(SearchField.Bcc, null), null);
        }

        if (message.Reading.Attachments.Any(each => !each.Inline))
            words.AddMark(HasAttachment);
        if (messageId is not null)
            words.AddMark(MessageId(messageId));
        foreach (var field in new[] { SearchField.Subject, SearchField.From, SearchField.To, SearchField.Cc, SearchField.FileName })
            words.AddColumn(message.Document[field], Mark(field, null), "A");
        words.AddColumn(message.Document.Headers, Mark(SearchField.Header, null), null);
        words.AddColumn(message.Document.Body, "", "");
        if (words.isLong)
            words.AddMark(IsLong);
        return words.ToString();
    }

    public static string Mailbox(int mailboxId) => string.Create(CultureInfo.InvariantCulture, $"#{mailboxId}");

    /// <summary>A word of its own, whatever it is made of.</summary>
    public static string MessageId(string messageId) => ":i" + (messageId.Length <= MaximumMessageId ? PostgresCommand.Clean(messageId)
        : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(messageId))));

    /// <summary>What stands before a word of this column.</summary>
    /// <param name="mailboxId">Where a column differs from mailbox to mailbox.</param>
    public static string Mark(SearchField column, int? mailboxId) => column switch
    {
        SearchField.Subject => ":s",
        SearchField.From => ":f",
        SearchField.To => ":t",
        SearchField.Cc => ":c",
        SearchField.FileName => ":n",
        SearchField.Header => ":h",
        SearchField.Recipient => string.Create(CultureInfo.InvariantCulture, $":r{mailboxId}:"),
        SearchField.Bcc => string.Create(CultureInfo.InvariantCulture, $":b{mailboxId}:"),
        _ => "",
    };

    /// <summary>Quoted as in the text of a <c>tsvector</c> or <c>tsquery</c>.</summary>
    public static string Quote(string word) => "'" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    public override string ToString()
    {
        StringBuilder text = new(octets * 2);
        foreach ((var word, var at) in positions)
        {
            text.Append(Quote(word));
            for (var i = 0; i < at.Count; i++)
                text.Append(i == 0 ? ':' : ',').Append(at[i]);
            text.Append(' ');
        }

        return text.ToString();
    }

    private void AddMark(string word)
    {
        if (positions.TryAdd(word, []))
            octets += Encoding.UTF8.GetByteCount(word) + 6;
    }

    /// <param name="mark">Under which the words are kept.</param>
    /// <param name="weight">With which they are kept without a mark as well; <c>null</c> for not at all.</param>
    private void AddColumn(string text, string mark, string? weight)
    {
        foreach (var range in text.AsSpan().Split(' '))
        {
            var word = text[range];
            if (word.Length == 0)
                continue;
            if (mark.Length > 0 && !TryAdd(mark + word, ""))
                return;
            if (weight is not null && !TryAdd(word, weight))
                return;
            next++;
        }

        next += Gap;
    }

    private bool TryAdd(string word, string weight)
    {
        if (!positions.TryGetValue(word, out var at))
        {
            octets += Encoding.UTF8.GetByteCount(word) + 8;
            positions.Add(word, at = []);
        }

        if (octets > MaximumOctets)
        {
            isLong = true;
            return false;
        }

        if (next > LastPosition || at.Count >= MaximumPositions)
            isLong = true;
        if (at.Count >= MaximumPositions)
            return true;
        octets += 2;
        at.Add(Math.Min(next, LastPosition).ToString(CultureInfo.InvariantCulture) + weight);
        return true;
    }
}
