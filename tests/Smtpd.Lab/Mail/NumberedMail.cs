using System.Globalization;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Lab.Mail;

/// <summary>Messages that are known by their number alone: who gets them, and each octet.</summary>
internal static class NumberedMail
{
    public const int Mailboxes = 3;

    private const int LargestSize = 5 << 20;

    // Lines of every octet, many of them beginning with a dot; each message is another stretch of them.
    private static readonly byte[] Filler = TestMessages.Large("filler", 2 * LargestSize);
    private static readonly int[] LineStarts = FindLines();

    /// <summary>For the program: its mailboxes, each with an address.</summary>
    public static string[] Settings { get; } =
        [.. Enumerable.Range(0, Mailboxes).SelectMany(box => (string[])["--set", $"Projects:lab:Mailboxes:{Name(box)}:Addresses={Address(box)}"])];

    public static string Name(int box) => string.Create(CultureInfo.InvariantCulture, $"box{box}");

    public static string Address(int box) => Name(box) + "@y.test";

    /// <summary>One to three mailboxes.</summary>
    public static int[] BoxesOf(int number) => [.. Enumerable.Range(number, 1 + number / Mailboxes % Mailboxes).Select(each => each % Mailboxes)];

    /// <summary>As mail is: most of it small, some in files of their own, a little of it up to 5 MB.</summary>
    public static int MixedSize(int number) => number switch
    {
        _ when number % 1000 == 500 => (1 << 20) + number * 7919 % (4 << 20),
        _ when number % 200 == 100 => 262_144 + number * 7919 % 300_000,
        _ => SmallSize(number),
    };

    /// <summary>Half a kilobyte to six.</summary>
    public static int SmallSize(int number) => 500 + number * 7919 % 6000;

    /// <summary>Whole lines, <paramref name="size"/> octets of them at most; ends with CRLF.</summary>
    public static byte[] Octets(int number, int size)
    {
        var head = TestMessages.Text(number.ToString(CultureInfo.InvariantCulture), "");
        var first = (int)((uint)number * 2654435761u % (uint)(LineStarts.Length / 2));
        var last = Array.BinarySearch(LineStarts, LineStarts[first] + Math.Max(0, size - head.Length));
        last = last < 0 ? ~last - 1 : last;
        return [.. head, .. Filler.AsSpan(LineStarts[first]..LineStarts[last])];
    }

    private static int[] FindLines()
    {
        List<int> starts = [];
        for (int at = 0, next; (next = Filler.AsSpan(at).IndexOf("\r\n"u8)) >= 0;)
            starts.Add(at += next + 2);
        return [.. starts];
    }
}
