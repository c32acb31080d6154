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

    private static readonly string[] SomeWideRules =
    [
        "result <other@mx.test>: reply 550 5.7.1 Not this one", "result <b@mx.test>: reply 452 4.2.2 Full", "result <other@mx.test>: throw", "authenticated joe: reply 535 5.7.8 Not joe",
        "authenticated ann: throw", "authenticated sue: reply 235 2.7.0 Hello sue", "tls: reply 554 5.7.1 Go", "tls: throw", "connected 198.51.100.9: reply 554 5.7.1 Go",
        "connected 2001:db8::9: close 421 4.7.0 Go",
    ];

    /// <summary>Plays the dialogue of a seed in several cuts.</summary>
    /// <returns>What was broken, or null.</returns>
    public static async Task<string?> CheckAsync(int seed, TimeSpan patience)
    {
        var random = new Random(seed);
        var rules = new Rules();
        while (random.NextDouble() < 0.25)
            rules.Add(SomeRules[random.Next(SomeRules.Length)]);
        await using var run = new Runner(Options(random), rules, patience);
        return await CheckAsync(seed, [new ClientPiece(RandomDialogue.Make(seed), 0)], run, random);
    }

    /// <summary>The same with a server of another face: LMTP, AUTH, proxies, promises, and a handshake in the middle.</summary>
    /// <returns>What was broken, or null.</returns>
    public static async Task<string?> CheckWideAsync(int seed, TimeSpan patience)
    {
        var random = new Random(seed);
        var rules = new Rules();
        if (random.NextDouble() < 0.3)
            rules.Add(SomeWideRules[0]);
        while (random.NextDouble() < 0.4)
            rules.Add(random.NextDouble() < 0.6 ? SomeWideRules[random.Next(SomeWideRules.Length)] : SomeRules[random.Next(SomeRules.Length)]);
        var face = WideFace.Make(random, Options(random));
        await using var run = new Runner(face.Options, rules, patience, face);

        var first = RandomDialogue.MakeWide(seed, face.Hello, face.Endpoint.ExpectsProxyHeader);
        if (face.Endpoint.Tls == SmtpTlsMode.Implicit)
            return await CheckAsync(seed, [new ClientPiece([.. ScriptedHandshake.Hello, .. first], 0)], run, random);
        byte[] clear = [.. first, .. "STARTTLS\r\n"u8];
        var began = await run.PlayAsync([new ClientPiece(clear, 0)], later: false);
        // The handshake begins where the server says so; there a client must wait, or what it sends is dropped.
        if (!began.Sent.AsSpan().EndsWith("220 2.0.0 Ready to start TLS\r\n"u8) || began.Sent.AsSpan().Count("220 2.0.0 Ready"u8) != 1)
            return await CheckAsync(seed, [new ClientPiece(first, 0)], run, random);
        byte[] secured = [.. ScriptedHandshake.Hello, .. RandomDialogue.MakeWide(unchecked(seed + 1), face.Hello, hasHeader: false)];
        return await CheckAsync(seed, [new ClientPiece(clear, 0), new ClientPiece(secured, began.Replies)], run, random);
    }

    private static async Task<string?> CheckAsync(int seed, ClientPiece[] bursts, Runner run, Random random)
    {
        byte[] input = [.. bursts.SelectMany(burst => burst.Octets)];
        var whole = await run.PlayAsync(bursts, later: false);
        if (whole.Broken is { } broken)
            return Report(seed, input, "whole", broken);
        // A STARTTLS that nobody planned: what is behind it is dropped or not as it was cut.
        if (whole.Sent.AsSpan().Count("220 2.0.0 Ready"u8) >= bursts.Length)
            return null;
        for (var i = 0; i < 5; i++)
        {
            // The last but one way goes octet by octet, where that is affordable; the last one with a slow handler.
            var way = i;
            var pieces = bursts.SelectMany(burst => (way == 3 && input.Length < 4000 ? burst.Octets.Chunk(1) : Cut(burst.Octets, random, random.Next(1, way == 4 ? 4 : 40)))
                .Select(octets => new ClientPiece(octets, burst.RepliesBefore)));
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

    private sealed record Outcome(byte[] Sent, string Messages, string? Broken)
    {
        /// <summary>Whole replies.</summary>
        public int Replies => System.Text.Encoding.Latin1.GetString(Sent).Split("\r\n")[..^1].Count(line => line.Length < 4 || line[3] != '-');
    }

    private sealed class Runner : IAsyncDisposable
    {
        private readonly SmtpServer server;
        private readonly TimeSpan patience;
        private readonly WideFace? face;
        private Recording recording = new();
        private bool later;
        private int runs;

        public Runner(SmtpServerOptions options, Rules rules, TimeSpan patience, WideFace? face = null)
        {
            this.patience = patience;
            this.face = face;
            options.HandlerFactory = _ => new ScriptedHandler(rules, recording, (BodyView)(runs % 4), later, mailboxId: null);
            server = new SmtpServer(options);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();

        public async Task<Outcome> PlayAsync(IEnumerable<ClientPiece> pieces, bool later)
        {
            runs++;
            recording = new Recording();
            this.later = later;
            var run = await DuplexRun.ServeAsync(server, pieces, clientCloses: true, patience, face?.Endpoint, face?.Peer);
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
            // Before a PROXY header and a first handshake there is no handler to be told.
            if (face is not null && recording.Disconnected is null && run.Sent.Length == 0)
                return null;
            if (recording.Disconnected is null or SmtpDisconnectReason.Aborted)
                return $"the connection ended as {recording.Disconnected?.ToString() ?? "never told"}";
            if (recording.OpenTransactions != 0)
                return $"{recording.OpenTransactions} transaction(s) did not end, or ended twice";
            return recording.BrokenLaws.Concat(ReplyLaws.Broken(run.Sent, [])).FirstOrDefault();
        }
    }
}
