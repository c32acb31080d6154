using Smtpd.Tests.Dialogues;

namespace Smtpd.Tests.Fuzzing;

/// <summary>Content by DATA against a second, slow and plain reading of RFC 5321 §4.1.1.4 and §4.5.2.</summary>
internal static class ContentLaw
{
    private static readonly byte[][] Pieces = [.. new[] { "\r\n", "\r\n", "\n", "\r", ".", ".", "a", "\0", "bc " }.Select(Escapes.Decode), "\r\n."u8.ToArray(), "\r\n.\r"u8.ToArray()];

    private static ReadOnlySpan<byte> Beginning => "EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n"u8;

    public static async Task<string?> CheckAsync(int seed, BareLineBreaks policy, TimeSpan patience)
    {
        var random = new Random(seed);
        byte[] wire = [.. Enumerable.Range(0, random.Next(25)).SelectMany(_ => Pieces[random.Next(Pieces.Length)]), .. "\r\n.\r\n"u8];
        var at = random.Next(Beginning.Length + wire.Length);
        return await CheckAsync(wire, octets => [octets[..at], octets[at..]], policy, patience) is { } broken ? $"seed {seed}, {broken}" : null;
    }

    /// <summary>Sends this content in the pieces that are made of the whole dialogue.</summary>
    public static async Task<string?> CheckAsync(byte[] wire, Func<byte[], IEnumerable<byte[]>> cut, BareLineBreaks policy, TimeSpan patience)
    {
        var (content, isBare, _) = Read(wire);
        if (policy == BareLineBreaks.Normalize)
            content = Normalize(content);

        var recording = new Recording();
        await using var server = new SmtpServer(new SmtpServerOptions
        {
            Hostname = "mx.test",
            BareLineBreaks = policy,
            HandlerFactory = _ => new ScriptedHandler(new Rules(), recording, BodyView.Pieces, later: false, mailboxId: null),
        });
        await DuplexRun.ServeAsync(server, [.. cut([.. Beginning, .. wire]).Select(each => new ClientPiece(each, 0))], clientCloses: true, patience);

        var refused = policy == BareLineBreaks.Reject && isBare;
        var message = recording.Messages.FirstOrDefault();
        var same = message is not null && message.IsReset == refused && (refused || message.Content.AsSpan().SequenceEqual(content));
        return same ? null : $"{policy}: {Escapes.Encode(wire)} was read as {message}, not as {(refused ? "refused" : Escapes.Encode(content))}";
    }

    /// <summary>What the octets say, whether a CR or LF stands alone in it, and where the content ends.</summary>
    public static (byte[] Content, bool IsBare, int End) Read(byte[] wire)
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
                    return ([.. content], isBare, i + 1);
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
