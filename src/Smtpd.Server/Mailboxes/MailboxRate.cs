using System.Globalization;

namespace Smtpd.Server.Mailboxes;

/// <summary>At most so many messages in any window of this length.</summary>
internal sealed record MailboxRate(int Messages, TimeSpan Window, RateRefusal Refusal)
{
    public const int MaximumMessages = 1_000_000;

    public static readonly TimeSpan MaximumWindow = TimeSpan.FromDays(1);

    /// <summary>Reads <c>100/60</c> or <c>100/60 Defer</c>: messages, seconds, and how the rest is refused.</summary>
    public static bool TryParse(string text, out MailboxRate? rate)
    {
        rate = null;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var refusal = RateRefusal.Reject;
        if (words.Length is not (1 or 2) || (words.Length == 2 && !TryParseRefusal(words[1], out refusal)))
            return false;
        var numbers = words[0].Split('/');
        if (numbers.Length != 2
            || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var messages) || messages is < 1 or > MaximumMessages
            || !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds < 1 || seconds > MaximumWindow.TotalSeconds)
        {
            return false;
        }

        rate = new(messages, TimeSpan.FromSeconds(seconds), refusal);
        return true;
    }

    // Enum.TryParse alone would take numbers too.
    private static bool TryParseRefusal(string text, out RateRefusal refusal) =>
        Enum.TryParse(text, ignoreCase: true, out refusal) && text.All(char.IsAsciiLetter);
}

/// <summary>What a client reads that sends too fast.</summary>
internal enum RateRefusal
{
    /// <summary><c>550 5.7.0 Requested action not taken: too many emails per second</c>, as clients of test inboxes know it.</summary>
    Reject,

    /// <summary><c>451 4.7.1</c>: come again later.</summary>
    Defer,

    /// <summary><c>421 4.7.0</c> and the connection is closed.</summary>
    Close,
}
