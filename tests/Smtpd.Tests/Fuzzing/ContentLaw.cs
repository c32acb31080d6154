using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>Content by DATA against a second, slow and plain reading of RFC 5321 §4.1.1.4 and §4.5.2.</summary>
internal static class ContentLaw
{
    private static readonly byte[][] Pieces = [.. new[] { "\r\n", "\r\n", "\n", "\r", ".", ".", "a", "\0", "bc " }.Select(Escapes.Decode), "\r\n."u8.ToArray(), "\r\n.\r"u8.ToArray()];

    public static async Task<string?> CheckAsync(int seed, BareLineBreaks policy, TimeSpan patience)
    {
        var random = new Random(seed);
        byte[] wire = [.. Enumerable.Range(0, random.Next(25)).SelectMany(_ => Pieces[random.Next(Pieces.Length)]), .. "\r\n.\r\n"u8];
        var (content, isBare) = Read(wire);
        if (policy == BareLineBreaks.Normalize)
            content = Normalize(content);

        var recording = new Recording();
        await using var server = new SmtpServer(new SmtpServerOptions
        {
            Hostname = "mx.test",
            BareLineBreaks = policy,
            HandlerFactory = _ => new ScriptedHandler(new Rules(), recording, BodyView.Pieces, later: false, mailboxId: null),
        });
        byte[] input = [.. "EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n"u8, .. wire];
        var at = random.Next(input.Length);
        await DuplexRun.ServeAsync(server, [new ClientPiece(input[..at], 0), new ClientPiece(input[at..], 0)], clientCloses: true, patience);

        var refused = policy == BareLineBreaks.Reject && isBare;
        var message = recording.Messages.FirstOrDefault();
        var same = message is not null && message.IsReset == refused && (refused || message.Content.AsSpan().SequenceEqual(content));
        return same ? null : $"seed {seed}, {policy}: {Escapes.Encode(wire)} was read as {message}, not as {(refused ? "refused" : Escapes.Encode(content))}";
    }

    private static (byte[] Content, bool IsBare) Read(byte[] wire)
    {
        var content = new List<byte>();
        var isBare = false;
        var line = new List<byte>();
        for (var i = 0; ; i++)
        {
            if (wire[i] == '\r' && i + 1 < wire.Length && wire[i + 1] == '\n')
            {
                i++;
                if (line is [(byte)'.'])
                    return ([.. content], isBare);
                if (line is [(byte)'.', ..])
                    line.RemoveAt(0);
                isBare |= line.Contains((byte)'\r') || line.Contains((byte)'\n');
                content.AddRange([.. line, (byte)'\r', (byte)'\n']);
                line.Clear();
                continue;
            }

            line.Add(wire[i]);
        }
    }

    private static byte[] Normalize(byte[] content)
    {
        var normal = new List<byte>();
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] is not ((byte)'\r' or (byte)'\n'))
            {
                normal.Add(content[i]);
                continue;
            }

            normal.AddRange("\r\n"u8);
            if (content[i] == '\r' && i + 1 < content.Length && content[i + 1] == '\n')
                i++;
        }

        return [.. normal];
    }
}
