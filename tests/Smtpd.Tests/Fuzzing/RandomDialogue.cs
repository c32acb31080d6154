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

    // What a server of another face knows beside all that.
    private static readonly string[] WideParameters =
    [
        " AUTH=<>", " AUTH=a+40b.test", " AUTH=x@x.test", " PRDR", " PRDR=1", " REQUIRETLS", " BY=120;R", " BY=-1;NT", " BY=0;R", " MT-PRIORITY=-9", " MT-PRIORITY=-0",
        " HOLDFOR=60", " HOLDFOR=0", " HOLDUNTIL=2026-01-02T00:00:00Z", " SOLICIT=a:b,c", " SOLICIT=,", " RRVS=2014-04-03T23:01:00Z;C", " RRVS=x", " SIZE=10", " BODY=8BITMIME",
    ];

    private static readonly string[] WideLines =
    [
        "LHLO client.test", "EHLO client.test", "HELO client.test", "AUTH", "AUTH X-ONE", "AUTH X-TWO", "AUTH PLAIN =", "auth x-one =", "AUTH X-ONE !", "*", "=", "QUIT", "RSET", "STARTTLS x",
        "XCLIENT", "XCLIENT ADDR=198.51.100.9", "XCLIENT ADDR=IPV6:2001:db8::9 LOGIN=7", "XCLIENT NAME=[UNAVAILABLE] PORT=1", "XCLIENT LOGIN=", "XCLIENT LOGIN=joe ADDR=203.0.113.9",
        "XFORWARD NAME=a ADDR=198.51.100.9", "XFORWARD SOURCE=LOCAL", "XFORWARD NAME=+0A", "MAIL FROM:<a@client.test> PRDR", "RCPT TO:<b@mx.test>", "RCPT TO:<other@mx.test>",
    ];

    private static readonly string[] SaslWords =
    [
        "user joe 7", "user ann", "user sue 8", "challenge more", "challenge ", "fail", "malformed", "unavailable", "throw", "acting joe ann", "user x\u0007", "",
    ];

    private static readonly string[] Headers =
    [
        "PROXY TCP4 198.51.100.9 192.0.2.25 4711 25\r\n", "PROXY TCP6 2001:db8::9 2001:db8::25 4711 25\r\n", "PROXY UNKNOWN\r\n", "PROXY TCP4 198.51.100.09 192.0.2.25 4711 25\r\n",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\u0012\u0067\0\u0019", "\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0", "",
    ];

    private static readonly string[] ContentPieces =
    [
        "hello", "\r\n", "\r\n", "\r\n", "\n", "\r", ".", ".", "..", "\r\n.", "\r\n..", "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n", "\r\n\r\n",
        "\0", "\0.\0", "QUIT", "RSET\r\n", "MAIL FROM:<evil@x.test>\r\n", "Subject: x\r\n", "é", "\u2028.\u2028", " ", ". ", ".\t",
    ];

    private readonly Random random;
    private readonly List<byte> octets = [];
    private readonly bool isWide;

    private RandomDialogue(int seed, bool isWide = false) => (random, this.isWide) = (new Random(seed), isWide);

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

    /// <summary>A dialogue with a server that may speak LMTP, authenticate, believe proxies and keep promises.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="hello">The verb of the first hello.</param>
    /// <param name="hasHeader">Whether a PROXY header is expected.</param>
    public static byte[] MakeWide(int seed, string hello, bool hasHeader)
    {
        var dialogue = new RandomDialogue(seed, isWide: true);
        if (hasHeader)
            dialogue.Add(dialogue.Pick(Headers));
        if (dialogue.Chance(0.9))
            dialogue.Add(hello + " client.test\r\n");
        if (dialogue.Chance(0.15))
            dialogue.Add($"XCLIENT ADDR=198.51.100.9 LOGIN=7\r\n{hello} client.test\r\n");
        else if (dialogue.Chance(0.5))
            dialogue.AddAuthentication();
        dialogue.AddSteps();
        if (dialogue.Chance(0.2))
            dialogue.Mutate();
        return [.. dialogue.octets];
    }

    private bool Chance(double probability) => random.NextDouble() < probability;

    private string Pick(string[] from) => from[random.Next(from.Length)];

    private void Add(string text) => octets.AddRange(Encoding.UTF8.GetBytes(text));

    private void AddSteps()
    {
        if (!isWide && Chance(0.9))
            Add("EHLO client.test\r\n");
        for (var steps = random.Next(1, 12); steps > 0; steps--)
        {
            switch (random.Next(isWide ? 30 : 20))
            {
                case > 27:
                    AddAuthentication();
                    break;
                case > 19:
                    Add(Pick(WideLines) + "\r\n");
                    break;
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
                    Add(PickLine() + (Chance(0.95) ? "\r\n" : "\n"));
                    break;
            }
        }
    }

    // STARTTLS where it works drops what has come, so that the dialogue depends on the cut; the law adds its own.
    private string PickLine() => Pick(Lines) is var line && isWide && line == "STARTTLS" ? "NOOP" : line;

    private void AddAuthentication()
    {
        var isInitial = Chance(0.5);
        Add(isInitial ? "AUTH X-ONE " : "AUTH X-ONE\r\n");
        for (var responses = random.Next(1, 4); responses > 0; responses--)
            Add((Chance(0.05) ? new string('A', random.Next(2000, 12300)) : Convert.ToBase64String(Encoding.UTF8.GetBytes(Pick(SaslWords)))) + "\r\n");
    }

    private void AddTransaction()
    {
        Add("MAIL FROM:<a@client.test>" + (isWide && Chance(0.4) ? " PRDR" : Chance(0.2) ? Pick(isWide && Chance(0.7) ? WideParameters : Parameters) : string.Empty) + "\r\n");
        for (var recipients = random.Next(1, 4); recipients > 0; recipients--)
            Add(isWide && Chance(0.3) ? "RCPT TO:<other@mx.test>\r\n" : "RCPT TO:<b@mx.test>\r\n");
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
            Add(Pick(isWide && Chance(0.5) ? WideParameters : Parameters));
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
