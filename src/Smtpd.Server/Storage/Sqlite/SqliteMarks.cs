using System.Security.Cryptography;
using System.Text;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;
using Smtpd.Server.Search;

namespace Smtpd.Server.Storage.Sqlite;

/// <summary>What the search index knows of a message besides its words: tokens in the column <c>marks</c>, which no text can contain.</summary>
internal static class SqliteMarks
{
    /// <summary>Every message, for <c>-word</c>: the index can only take away from something.</summary>
    public const string All = "all";

    public const string Attachment = "attachment";

    public static string Of(int mailboxId) => "mailbox" + mailboxId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>In the case of letters that it has; without its angle brackets.</summary>
    public static string OfMessageId(string messageId) => "id" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(messageId.Trim('<', '>'))).AsSpan(0, 16));

    /// <summary>
    /// Some word in a column begins with the letter. The index answers a beginning by merging the lists of all words that have it, which takes seconds for one letter
    /// and a million messages; a mark has one list, walked only as far as needed.
    /// </summary>
    public static string OfInitial(SearchField column, char initial) => "initial" + (int)column + "x" + initial;

    public static bool HasInitialMark(char initial) => char.IsAsciiLetterOrDigit(initial);

    public static string Of(IndexedMessage message, HeaderSummary summary, IEnumerable<int> mailboxIds)
    {
        StringBuilder marks = new(All);
        foreach (var each in mailboxIds)
            marks.Append(' ').Append(Of(each));
        if (message.Reading.Attachments.Any(each => !each.Inline))
            marks.Append(' ').Append(Attachment);
        if (!string.IsNullOrEmpty(summary.MessageId))
            marks.Append(' ').Append(OfMessageId(summary.MessageId));
        foreach (var column in SearchFields.All)
            AddInitials(column, message.Document[column], marks);
        return marks.ToString();
    }

    private static void AddInitials(SearchField column, string text, StringBuilder marks)
    {
        Span<bool> seen = stackalloc bool[128];
        for (var at = 0; at < text.Length; at++)
        {
            if ((at == 0 || text[at - 1] == ' ') && HasInitialMark(text[at]) && !seen[text[at]])
            {
                seen[text[at]] = true;
                marks.Append(' ').Append(OfInitial(column, text[at]));
            }
        }
    }
}
