using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>
/// The laws of every input: however it is cut, the replies and the messages are the same; nothing throws; the connection ends;
/// replies are well formed; every transaction ends once.
/// </summary>
internal static class CutLaw
{
    private static readonly string[] SomeRules =
    [
        "recipient <nobody@mx.test>: reply 550 5.1.1 No such user", "mail <bad@client.test>: throw", "data: reply 554 5.7.1 Not today", "message: throw after",
        "message: skip 554 5.7.1 Unread", "message: throw-reply 452 4.3.1 Full", "reset: throw", "unknown FROB: reply 250 2.0.0 frobbed", "connected: reply 554 5.7.1 Go",
        "message: close 421 4.3.2 Enough", "hello: throw",
    ];

    /// <summary>Plays the dialogue of a seed in several cuts.</summary>
    /// <returns>What was broken, or null.</returns>
    public static async Task<string?> CheckAsync(int seed, TimeSpan patience)
    {
        var random = new Random(seed);
        var rules = new Rules();
        while (random.NextDouble() < 0.25)
            rules.Add(SomeRules[random.Next(SomeRules.Length)]);
        var input = RandomDialogue.Make(seed);
        await using var run = new Runner(Options(random), rules, patience);

        var whole = await run.PlayAsync([input], later: false);
        if (whole.Broken is { } broken)
            return Report(seed, input, "whole", broken);
        for (var i = 0; i < 5; i++)
        {
            // The last but one way goes octet by octet, where that is affordable; the last one with a slow handler.
            var pieces = i == 3 && input.Length < 4000 ? input.Chunk(1) : Cut(input, random, random.Next(1, i == 4 ? 4 : 40));
            var cut = await run.PlayAsync(pieces, later: i == 4);
            if (cut.Broken is { } cutBroken)
                return Report(seed, input, $"cut {i}", cutBroken);
            if (!cut.Sent.AsSpan().SequenceEqual(whole.Sent))
                return Report(seed, input, $"cut {i}", $"the replies differ:\nwhole: {Escapes.Encode(whole.Sent, 4000)}\ncut:   {Escapes.Encode(cut.Sent, 4000)}");
            if (cut.Messages != whole.Messages)
                return Report(seed, input, $"cut {i}", $"the messages differ:\nwhole: {whole.Messages}\ncut:   {cut.Messages}");
        }

        return null;
    }

    private static string Report(int seed, byte[] input, string way, string broken) => $"seed {seed}, {way}: {broken}\ninput: {Escapes.Encode(input, 2000)}";

    private static IEnumerable<byte[]> Cut(byte[] input, Random random, int pieces)
    {
        var cuts = Enumerable.Range(0, pieces).Select(_ => random.Next(input.Length + 1)).Append(input.Length).Order();
        var start = 0;
        foreach (var cut in cuts)
        {
            if (cut > start)
                yield return input[start..cut];
            start = cut;
        }
    }

    private static SmtpServerOptions Options(Random random) => new()
    {
        Hostname = "mx.test",
        BareLineBreaks = (BareLineBreaks)random.Next(3),
        Leniency = random.NextDouble() < 0.5 ? SmtpLeniency.None : (SmtpLeniency)random.Next(8),
        Extensions = random.NextDouble() < 0.8 ? SmtpExtensions.Default : (SmtpExtensions)random.Next(64),
        Limits = new SmtpLimits
        {
            CommandLineOctets = Pick(random, 512, 2048),
            ContentLineOctets = Pick(random, 1000, 1 << 20),
            MessageOctets = Pick(random, 200, 5000, 100_000, 1 << 24),
            DrainOctets = Pick(random, 0, 100, 10_000, 1 << 24),
            Recipients = Pick(random, 1, 3, 1000),
            Errors = Pick(random, 3, 20, 1_000_000),
            MessagesPerConnection = Pick(random, 1, 3, 1000),
        },
    };

    private static int Pick(Random random, params int[] from) => from[random.Next(from.Length)];

    private sealed record Outcome(byte[] Sent, string Messages, string? Broken);

    private sealed class Runner : IAsyncDisposable
    {
        private readonly SmtpServer server;
        private readonly TimeSpan patience;
        private Recording recording = new();
        private bool later;
        private int runs;

        public Runner(SmtpServerOptions options, Rules rules, TimeSpan patience)
        {
            this.patience = patience;
            options.HandlerFactory = _ => new ScriptedHandler(rules, recording, (BodyView)(runs % 4), later, mailboxId: null);
            server = new SmtpServer(options);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();

        public async Task<Outcome> PlayAsync(IEnumerable<byte[]> pieces, bool later)
        {
            runs++;
            recording = new Recording();
            this.later = later;
            var run = await DuplexRun.ServeAsync(server, pieces.Select(piece => new ClientPiece(piece, 0)), clientCloses: true, patience);
            return new Outcome(run.Sent, string.Join('\n', recording.Messages.Select(Print)), FindBroken(run));
        }

        // Whether the handler had begun to read what came to nothing depends on how much came at a time.
        private static string Print(RecordedMessage message) => message.IsReset || message.IsDropped || message.Aborted is not null
            ? message.Envelope + " | nothing"
            : $"{message.Envelope} | {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(message.Content!))} {message}";

        private string? FindBroken(DuplexRun run)
        {
            if (run.Hangs)
                return "the connection hangs";
            if (run.Failure is { } failure)
                return "the server threw " + failure;
            if (recording.Disconnected is null or SmtpDisconnectReason.Aborted)
                return $"the connection ended as {recording.Disconnected?.ToString() ?? "never told"}";
            if (recording.OpenTransactions != 0)
                return $"{recording.OpenTransactions} transaction(s) did not end, or ended twice";
            return recording.BrokenLaws.Concat(ReplyLaws.Broken(run.Sent, [])).FirstOrDefault();
        }
    }
}
