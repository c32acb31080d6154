using System.Globalization;
using System.Text;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage.Postgres;

/// <summary>What happened, as nodes tell each other: <c>7|S12:100-355;R12:3,5;M4</c> is node 7, messages stored and removed in mailbox 12, mailbox 4 changed.</summary>
/// <remarks>Only numbers: whoever hears it reads the rest from the database. A notification has room for 7999 octets, all of ASCII here.</remarks>
internal static class MailEventText
{
    public const char Stored = 'S';
    public const char Changed = 'C';
    public const char Removed = 'R';
    public const char Mailbox = 'M';
    public const char Overrun = 'O';
    public const char OverrunOfAll = 'A';

    private const int MaximumLength = 7900;

    // More news of one transaction than this many notifications: the listeners look again at what they show.
    private const int MaximumTexts = 4;

    public static IReadOnlyList<string> Write(int node, IReadOnlyCollection<MailEvent> events)
    {
        if (events.Count == 0)
            return [];
        var all = Pack(node, events.GroupBy(each => (Kind(each), each.MailboxId)).SelectMany(each => Items(each.Key.Item1, each.Key.MailboxId, each)));
        if (all.Count > MaximumTexts)
            all = Pack(node, events.Select(each => each.MailboxId).Distinct().Select(each => Item(Overrun, each)));
        return all.Count > MaximumTexts ? Pack(node, [OverrunOfAll.ToString()]) : all;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; anything else is nothing.</summary>
    public static (int Node, IReadOnlyList<MailEventItem> Items) Read(string text)
    {
        var bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar < 0 || !int.TryParse(text.AsSpan(0, bar), NumberStyles.None, CultureInfo.InvariantCulture, out var node))
            return (-1, []);
        List<MailEventItem> items = [];
        foreach (var each in text[(bar + 1)..].Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = each.IndexOf(':', StringComparison.Ordinal);
            var end = colon < 0 ? each.Length : colon;
            _ = int.TryParse(each.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var mailboxId);
            items.Add(new(each[0], mailboxId, colon < 0 ? [] : [.. each[(colon + 1)..].Split(',').SelectMany(Range)]));
        }

        return (node, items);
    }

    private static char Kind(MailEvent happened) => happened switch
    {
        MessageStored => Stored,
        MessageChanged => Changed,
        MessagesRemoved => Removed,
        MailboxChanged => Mailbox,
        _ => Overrun,
    };

    // Cut so that each fits into one notification with room to spare.
    private static IEnumerable<string> Items(char kind, int mailboxId, IEnumerable<MailEvent> events)
    {
        long[] uids = [.. events.SelectMany(Uids).Order().Distinct()];
        if (uids.Length == 0)
            return [Item(kind, mailboxId)];
        return Ranges(uids).Chunk(100).Select(each => Item(kind, mailboxId) + ":" + string.Join(',', each));
    }

    private static IEnumerable<long> Uids(MailEvent happened) => happened switch
    {
        MessageStored { Message.Uid: var uid } => [uid],
        MessageChanged { Message.Uid: var uid } => [uid],
        MessagesRemoved { Uids: var uids } => uids,
        _ => [],
    };

    private static string Item(char kind, int mailboxId) => kind + mailboxId.ToString(CultureInfo.InvariantCulture);

    private static List<string> Ranges(long[] uids)
    {
        List<string> ranges = [];
        for (var i = 0; i < uids.Length;)
        {
            var first = i++;
            while (i < uids.Length && uids[i] == uids[i - 1] + 1)
                i++;
            ranges.Add(i - first == 1 ? string.Create(CultureInfo.InvariantCulture, $"{uids[first]}") : string.Create(CultureInfo.InvariantCulture, $"{uids[first]}-{uids[i - 1]}"));
        }

        return ranges;
    }

    private static IEnumerable<long> Range(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!long.TryParse(dash < 0 ? text : text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first))
            yield break;
        var last = first;
        if (dash >= 0 && (!long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last) || last - first > 100_000))
            yield break;
        for (var uid = first; uid <= last; uid++)
            yield return uid;
    }

    private static List<string> Pack(int node, IEnumerable<string> items)
    {
        List<string> texts = [];
        var head = string.Create(CultureInfo.InvariantCulture, $"{node}|");
        StringBuilder text = new(head);
        foreach (var each in items)
        {
            if (text.Length + 1 + each.Length > MaximumLength)
            {
                texts.Add(text.ToString());
                text.Clear().Append(head);
            }

            if (text.Length > head.Length)
                text.Append(';');
            text.Append(each);
        }

        texts.Add(text.ToString());
        return texts;
    }
}

/// <param name="Kind">One of the letters of <see cref="MailEventText"/>.</param>
internal readonly record struct MailEventItem(char Kind, int MailboxId, IReadOnlyList<long> Uids);
