using System.Globalization;
using System.Text;
using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>A client without fault: every mail it completes arrives exactly as meant, and nothing of those it gives up on the way.</summary>
internal static class MailLaw
{
    private static readonly string[] GivingUp = ["RSET\r\n", "EHLO again.test\r\n", "HELO again.test\r\n"];

    private static readonly string[] Between = ["NOOP\r\n", "VRFY b\r\n", "HELP\r\n", "FROB\r\n", ""];

    public static async Task<string?> CheckAsync(int seed, TimeSpan patience)
    {
        var random = new Random(seed);
        var input = new List<byte>("EHLO client.test\r\n"u8.ToArray());
        var meant = new List<(string Envelope, byte[] Content)>();
        for (var mails = random.Next(1, 8); mails > 0; mails--)
            AddMail(random, input, meant);
        input.AddRange("QUIT\r\n"u8);

        var recording = new Recording();
        await using var server = new SmtpServer(new SmtpServerOptions
        {
            Hostname = "mx.test",
            Limits = new SmtpLimits { Errors = int.MaxValue },
            HandlerFactory = _ => new ScriptedHandler(new Rules(), recording, (BodyView)random.Next(4), later: random.Next(2) == 0, mailboxId: null),
        });
        var run = await DuplexRun.ServeAsync(server, Cut(random, [.. input]), clientCloses: false, patience);

        var came = recording.Messages.FindAll(message => message is { IsReset: false, Aborted: null });
        if (run.Hangs || run.Failure is not null || recording.Disconnected != SmtpDisconnectReason.Quit)
            return $"seed {seed}: the connection ended as {recording.Disconnected}, hangs: {run.Hangs}, {run.Failure}";
        if (came.Count != meant.Count)
            return $"seed {seed}: {came.Count} mails came of {meant.Count}";
        for (var i = 0; i < meant.Count; i++)
        {
            if (came[i].Envelope != meant[i].Envelope || !came[i].Content.AsSpan().SequenceEqual(meant[i].Content))
                return $"seed {seed}: mail {i} came as {came[i]}, not as {meant[i].Envelope} | {Escapes.Encode(meant[i].Content)}";
        }

        return null;
    }

    private static void AddMail(Random random, List<byte> input, List<(string Envelope, byte[] Content)> meant)
    {
        var sender = string.Create(CultureInfo.InvariantCulture, $"a{random.Next(1000)}@client.test");
        var recipients = Enumerable.Range(0, random.Next(1, 4)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"b{random.Next(1000)}@mx.test")).ToArray();
        Add($"MAIL FROM:<{sender}>\r\n");
        if (random.Next(8) == 0)
        {
            Add(GivingUp[random.Next(GivingUp.Length)]);
            return;
        }

        foreach (var recipient in recipients)
            Add($"RCPT TO:<{recipient}>\r\n");
        var content = Content(random);
        var isComplete = random.Next(3) > 0;
        if (random.Next(2) == 0)
            AddData(content, isComplete);
        else
            AddChunks(content, isComplete);
        if (isComplete)
            meant.Add(($"<{sender}> -> {string.Join(", ", recipients.Select(one => $"<{one}>"))}", content));

        void Add(string text) => input.AddRange(Encoding.ASCII.GetBytes(text));

        void AddData(byte[] content, bool complete)
        {
            if (!complete)
            {
                Add(GivingUp[random.Next(GivingUp.Length)]);
                return;
            }

            Add("DATA\r\n");
            for (var i = 0; i < content.Length; i++)
            {
                if (content[i] == '.' && (i == 0 || (i > 1 && content[i - 1] == '\n' && content[i - 2] == '\r')))
                    input.Add((byte)'.');
                input.Add(content[i]);
            }

            Add(".\r\n");
        }

        void AddChunks(byte[] content, bool complete)
        {
            var from = 0;
            while (random.Next(3) > 0)
            {
                var to = random.Next(from, content.Length + 1);
                AddChunk(content[from..to], string.Empty);
                Add(Between[random.Next(Between.Length)]);
                from = to;
            }

            if (complete)
                AddChunk(content[from..], " LAST");
            else
                Add(GivingUp[random.Next(GivingUp.Length)]);
        }

        void AddChunk(byte[] octets, string last)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"BDAT {octets.Length}{last}\r\n"));
            input.AddRange(octets);
        }
    }

    /// <summary>Lines of content, odd ones among them, the last one whole.</summary>
    private static byte[] Content(Random random)
    {
        var octets = "abc ..\r\n\0.\r"u8;
        var content = new byte[random.Next(20) == 0 ? random.Next(60_000, 200_000) : random.Next(200)];
        for (var i = 0; i < content.Length; i++)
            content[i] = octets[random.Next(octets.Length)];
        return [.. content, .. "\r\n"u8];
    }

    private static IEnumerable<ClientPiece> Cut(Random random, byte[] input)
    {
        for (var from = 0; from < input.Length;)
        {
            var to = Math.Min(input.Length, from + 1 + random.Next(random.Next(3) == 0 ? 100_000 : 200));
            yield return new ClientPiece(input[from..to], 0);
            from = to;
        }
    }
}
