using System.Globalization;
using System.Text;

namespace Smtpd.Tests.Fuzzing;

/// <summary>What a client might send, made up from a seed: whole mails, single commands, odd content, chunks that lie; then some octets changed.</summary>
internal sealed class RandomDialogue
{
    private static readonly string[] Addresses =
    [
        "a@client.test", "b@mx.test", "", "postmaster", "PostMaster", "nobody@mx.test", "bad@client.test", "\"a b\"@mx.test", "\"a\\\"b\"@mx.test",
        "@relay.test:b@mx.test", "a@[192.0.2.1]", "a@[IPv6:::1]", "a@[x:y]", "jörg@bücher.test", "a\u0085b@x.test", "a@b@c", "a..b@x.test", "a@x.test.",
        new string('l', 64) + "@x.test", new string('l', 65) + "@x.test", "a@" + new string('d', 64) + ".test", "a＠x.test", "\"", "\\", "@", "<", ">",
    ];

    private static readonly string[] Parameters =
    [
        " SIZE=10", " SIZE=300", " SIZE=99999999999999999999", " SIZE=-1", " SIZE", " BODY=8BITMIME", " BODY=BINARYMIME", " BODY=7BIT", " BODY=x", " SMTPUTF8",
        " RET=FULL", " RET=HDRS", " RET=", " ENVID=a+2Bb", " ENVID=+0A", " NOTIFY=NEVER", " NOTIFY=SUCCESS,DELAY", " NOTIFY=NEVER,DELAY",
        " ORCPT=rfc822;a+40b", " ORCPT=utf-8;\\x{F6}", " ORCPT=utf-8;\\x{D800}", " XFOO=bar", " =", "  ", "\t", " SIZE=1 SIZE=2",
    ];

    private static readonly string[] Lines =
    [
        "NOOP", "RSET", "RSET x", "HELP", "VRFY b", "VRFY", "EXPN x", "DATA", "DATA x", "MAIL", "RCPT", "EHLO", "HELO", "EHLO again.test", "BDAT", "BDAT x", "BDAT 0",
        "BDAT 0 LAST", "BDAT 99999999999999999999", "FROB", "", " ", "\tNOOP", "NOOP\r", "NOOP\nQUIT", "NOOP\0", ".", "..", "ＮＯＯＰ", "STARTTLS", "AUTH PLAIN AAAA",
        "XCLIENT ADDR=1.2.3.4", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2", "MAIL FROM:<a@client.test>", "RCPT TO:<b@mx.test>",
    ];

    private static readonly string[] ContentPieces =
    [
        "hello", "\r\n", "\r\n", "\r\n", "\n", "\r", ".", ".", "..", "\r\n.", "\r\n..", "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n", "\r\n\r\n",
        "\0", "\0.\0", "QUIT", "RSET\r\n", "MAIL FROM:<evil@x.test>\r\n", "Subject: x\r\n", "é", "\u2028.\u2028", " ", ". ", ".\t",
    ];

    private readonly Random random;
    private readonly List<byte> octets = [];

    private RandomDialogue(int seed) => random = new Random(seed);

    public static byte[] Make(int seed)
    {
        var dialogue = new RandomDialogue(seed);
        if (dialogue.Chance(0.1))
            dialogue.AddNoise(dialogue.random.Next(400));
        else
            dialogue.AddSteps();
        if (dialogue.Chance(0.3))
            dialogue.Mutate();
        return [.. dialogue.octets];
    }

    private bool Chance(double probability) => random.NextDouble() < probability;

    private string Pick(string[] from) => from[random.Next(from.Length)];

    private void Add(string text) => octets.AddRange(Encoding.UTF8.GetBytes(text));

    private void AddSteps()
    {
        if (Chance(0.9))
            Add("EHLO client.test\r\n");
        for (var steps = random.Next(1, 12); steps > 0; steps--)
        {
            switch (random.Next(20))
            {
                case < 6:
                    AddTransaction();
                    break;
                case < 8:
                    AddMail();
                    break;
                case < 10:
                    AddRecipient();
                    break;
                case < 12:
                    AddData();
                    break;
                case < 14:
                    AddChunk(last: Chance(0.5));
                    break;
                case 14:
                    Add(new string('x', random.Next(480, 2200)) + "\r\nNOOP\r\n");
                    break;
                case 15 when Chance(0.2):
                    Add("QUIT\r\n");
                    break;
                case 16 when Chance(0.1):
                    Add("GET / HTTP/1.1\r\n");
                    break;
                default:
                    Add(Pick(Lines) + (Chance(0.95) ? "\r\n" : "\n"));
                    break;
            }
        }
    }

    private void AddTransaction()
    {
        Add("MAIL FROM:<a@client.test>" + (Chance(0.2) ? Pick(Parameters) : string.Empty) + "\r\n");
        for (var recipients = random.Next(1, 4); recipients > 0; recipients--)
            Add("RCPT TO:<b@mx.test>\r\n");
        if (Chance(0.6))
        {
            AddData();
            return;
        }

        while (Chance(0.5))
            AddChunk(last: false);
        AddChunk(last: true);
    }

    private void AddMail()
    {
        Add(Chance(0.9) ? $"MAIL FROM:<{Pick(Addresses)}>" : $"MAIL FROM: {Pick(Addresses)}");
        AddParameters();
    }

    private void AddRecipient()
    {
        Add(Chance(0.9) ? $"RCPT TO:<{Pick(Addresses)}>" : $"RCPT TO: {Pick(Addresses)}");
        AddParameters();
    }

    private void AddParameters()
    {
        while (Chance(0.4))
            Add(Pick(Parameters));
        Add("\r\n");
    }

    private void AddData()
    {
        Add("DATA\r\n");
        AddContent();
        if (Chance(0.95))
            Add("\r\n.\r\n");
    }

    private void AddContent()
    {
        if (Chance(0.03))
            Add(string.Concat(Enumerable.Repeat("0123456789 abcdefghijklmnopqrstuvwxyz\r\n", random.Next(1700, 3500))));
        for (var pieces = random.Next(30); pieces > 0; pieces--)
            Add(Chance(0.02) ? new string('y', random.Next(900, 1100)) : Pick(ContentPieces));
    }

    private void AddChunk(bool last)
    {
        var content = new RandomDialogue(random.Next());
        content.AddContent();
        var size = content.octets.Count + (Chance(0.05) ? random.Next(-5, 6) : 0);
        Add(string.Create(CultureInfo.InvariantCulture, $"BDAT {Math.Max(0, size)}{(last ? " LAST" : string.Empty)}\r\n"));
        octets.AddRange(content.octets);
    }

    private void AddNoise(int length)
    {
        var favourites = "\r\n.\0 <>@:MAILFROMRCPTTODATABDATLAST"u8;
        for (; length > 0; length--)
            octets.Add(Chance(0.7) ? favourites[random.Next(favourites.Length)] : (byte)random.Next(256));
    }

    private void Mutate()
    {
        for (var changes = random.Next(1, 5); changes > 0 && octets.Count > 0; changes--)
        {
            var at = random.Next(octets.Count);
            var length = Math.Min(random.Next(1, 20), octets.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 1:
                    octets.RemoveRange(at, length);
                    break;
                case 2:
                    octets.InsertRange(at, octets.GetRange(at, length));
                    break;
                case 3:
                    octets.InsertRange(at, Encoding.UTF8.GetBytes(Pick(ContentPieces)));
                    break;
                default:
                    if (Chance(0.2))
                        octets.RemoveRange(at, octets.Count - at);
                    else
                        octets[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
    }
}
