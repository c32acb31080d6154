using System.Globalization;
using System.Text;

namespace Smtpd.Load;

/// <summary>The octets of one message's dialogue, made once for all connections.</summary>
internal sealed class MailScript
{
    private readonly int mailboxes;
    private readonly int envelopeSteps;
    private readonly Step[] message;

    public MailScript(LoadOptions options)
    {
        Tls = options.Tls;
        mailboxes = options.Mailboxes;
        envelopeSteps = 1 + options.Recipients;
        var mail = Encoding.ASCII.GetBytes("MAIL FROM:<sender@client.test>\r\n");
        byte[][] recipients = [.. Enumerable.Range(1, options.Recipients)
            .Select(n => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"RCPT TO:<user{n}@example.test>\r\n")))];
        var content = Content(options.Size);
        var bdat = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"BDAT {content.Length} LAST\r\n"));

        // A step is one write and the replies that must come before the next one.
        byte[][] envelope = [mail, .. recipients];
        List<Step> steps = [];
        if (options.Pipeline)
        {
            byte[] group = [.. envelope.SelectMany(command => command)];
            int[] accepted = [.. envelope.Select(_ => 250)];
            if (options.Bdat)
            {
                steps.Add(new Step([.. group, .. bdat, .. content], [.. accepted, 250]));
            }
            else
            {
                steps.Add(new Step([.. group, .. "DATA\r\n"u8], [.. accepted, 354]));
                steps.Add(new Step([.. content, .. ".\r\n"u8], [250]));
            }
        }
        else
        {
            steps.AddRange(envelope.Select(command => new Step(command, [250])));
            if (options.Bdat)
            {
                steps.Add(new Step([.. bdat, .. content], [250]));
            }
            else
            {
                steps.Add(new Step("DATA\r\n"u8.ToArray(), [354]));
                steps.Add(new Step([.. content, .. ".\r\n"u8], [250]));
            }
        }
        message = [.. steps];
    }

    public TlsUse Tls { get; }
    public Step Hello { get; } = new("EHLO client.test\r\n"u8.ToArray(), [250]);
    public Step StartTls { get; } = new("STARTTLS\r\n"u8.ToArray(), [220]);
    public Step Quit { get; } = new("QUIT\r\n"u8.ToArray(), [221]);

    /// <summary>The address of a mailbox, counted from 1.</summary>
    public static string Address(int mailbox) => string.Create(CultureInfo.InvariantCulture, $"box{mailbox}@example.test");

    /// <summary>The steps of a message: always the same ones, but for the recipient where there are mailboxes to choose from.</summary>
    public IReadOnlyList<Step> Next()
    {
        if (mailboxes == 0)
            return message;
        var recipient = Encoding.ASCII.GetBytes($"RCPT TO:<{Address(Random.Shared.Next(mailboxes) + 1)}>\r\n");
        return [message[0], new Step(recipient, [250]), .. message[envelopeSteps..]];
    }

    /// <summary>A header of five fields and lines of 72 octets; no line begins with a dot. Exactly <paramref name="size"/> octets
    /// unless the header alone is longer.</summary>
    private static byte[] Content(int size)
    {
        var text = new StringBuilder(size + 80);
        text.Append("From: Sender <sender@client.test>\r\nTo: User <user1@example.test>\r\nSubject: a message of the load driver\r\n")
            .Append("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@client.test>\r\n\r\n");
        const string Line = "The quick brown fox jumps over the lazy dog while 0123456789 are counted";
        while (text.Length + Line.Length + 2 <= size - 2)
            text.Append(Line).Append("\r\n");
        if (size - text.Length - 2 is var rest and >= 0)
            text.Append('x', rest).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

/// <summary>One write and the codes of the replies it is answered with.</summary>
internal sealed record Step(byte[] Octets, IReadOnlyList<int> Replies);
