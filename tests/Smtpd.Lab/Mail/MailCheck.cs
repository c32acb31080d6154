using System.Globalization;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Lab.Mail;

/// <summary>Looks for what a store must not have done to mail.</summary>
internal sealed class MailCheck(IMessageStore store, Func<int, byte[]> messageOf)
{
    private const int Page = 500;

    // Of each number, by the mailboxes it was found in.
    private readonly Dictionary<int, List<int>> found = [];
    private readonly HashSet<MessageId> whole = [];
    private readonly List<string> faults = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Messages that are there.</summary>
    public int Messages => found.Count;

    /// <param name="acknowledged">These must be there, once in each of their mailboxes.</param>
    /// <param name="refused">These must not be there at all. All others may be, but whole and not twice.</param>
    /// <returns>What is wrong.</returns>
    public async Task<IReadOnlyList<string>> FaultsAsync(IEnumerable<int> acknowledged, IEnumerable<int> refused)
    {
        for (var box = 0; box < NumberedMail.Mailboxes; box++)
        {
            if (await store.FindMailboxAsync(NumberedMail.Name(box), Cancel) is Mailbox mailbox)
                await LookAsync(box, mailbox);
        }

        faults.AddRange(acknowledged.Where(each => !found.ContainsKey(each)).Select(each => $"{each} is lost"));
        faults.AddRange(refused.Where(found.ContainsKey).Select(each => $"{each} was refused and is there"));
        foreach ((var number, var boxes) in found)
        {
            if (!boxes.Order().SequenceEqual(NumberedMail.BoxesOf(number).Order()))
                faults.Add($"{number} is in {string.Join(' ', boxes.Order())} instead of {string.Join(' ', NumberedMail.BoxesOf(number).Order())}");
        }

        return faults;
    }

    private async Task LookAsync(int box, Mailbox mailbox)
    {
        long count = 0;
        IReadOnlyList<Message> page;
        for (long after = 0; (page = await store.ListAsync(mailbox.Id, new(after, Page, Descending: false), Cancel)).Count > 0; after = page[^1].Uid)
        {
            count += page.Count;
            foreach (var each in page)
                await LookAsync(box, each);
        }

        if (count != mailbox.MessageCount)
            faults.Add($"{mailbox.Name} counts {mailbox.MessageCount}, and {count} are there");
    }

    private async Task LookAsync(int box, Message message)
    {
        if (!int.TryParse(message.Summary.Subject, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            faults.Add($"{message.Id} is nobody's");
            return;
        }

        if (!found.TryGetValue(number, out var boxes))
            found.Add(number, boxes = []);
        boxes.Add(box);
        if (!whole.Contains(message.Id) && await IsWholeAsync(message, number))
            whole.Add(message.Id);
    }

    private async Task<bool> IsWholeAsync(Message message, int number)
    {
        try
        {
            await using var content = await store.OpenContentAsync(message.MailboxId, message.Uid, Cancel);
            using MemoryStream memory = new();
            await (content ?? Stream.Null).CopyToAsync(memory, Cancel);
            if (memory.ToArray().AsSpan().SequenceEqual(messageOf(number)))
                return true;
            faults.Add($"{number} is not whole");
        }
        catch (Exception e) when (e is StoreUnavailableException or IOException)
        {
            faults.Add($"{number} cannot be read: {e.Message}");
        }

        return false;
    }
}
