using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>A dialogue read from <c>Transcripts/</c>; the README there says what each line means.</summary>
internal sealed class Transcript
{
    private Transcript(string name) => Name = name;

    /// <summary>Folder and file name without its ending.</summary>
    public string Name { get; }

    public string Title { get; private set; } = string.Empty;

    /// <summary>Whether the server is to close before the client does.</summary>
    public bool ServerCloses { get; private set; }

    public List<string> Options { get; } = [];

    /// <summary>What the client sends, a piece for each line, with the number of replies that a patient client has seen before.</summary>
    public List<ClientPiece> Client { get; } = [];

    /// <summary>The pieces of <see cref="Client"/> that begin a handshake.</summary>
    public List<int> Handshakes { get; } = [];

    public List<ExpectedLine> Server { get; } = [];

    public List<ExpectedMessage> Messages { get; } = [];

    public static string Folder => Repository.PathOf("tests/Smtpd.Tests/Transcripts");

    public static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Folder, "*.smtp", SearchOption.AllDirectories)
            .Select(path => Path.ChangeExtension(Path.GetRelativePath(Folder, path), null).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    public static Transcript Load(string name) => Parse(name, File.ReadAllText(Path.Combine(Folder, name + ".smtp")));

    public static Transcript Parse(string name, string text)
    {
        var transcript = new Transcript(name);
        var replies = 0;
        var inReply = false;
        var number = 0;
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            number++;
            var (kind, rest) = (line[..Math.Min(2, line.Length)], line.Length > 3 ? line[3..] : string.Empty);
            switch (kind)
            {
                case "# ":
                    if (transcript.Title.Length == 0)
                        transcript.Title = line[2..];
                    break;
                case "! ":
                    transcript.Options.Add(line[2..]);
                    break;
                case "C:":
                    transcript.Client.Add(new ClientPiece([.. Escapes.Decode(rest), (byte)'\r', (byte)'\n'], replies));
                    break;
                case "C+":
                    transcript.Client.Add(new ClientPiece(Escapes.Decode(rest), replies));
                    break;
                case "T:":
                    transcript.Handshakes.Add(transcript.Client.Count);
                    transcript.Client.Add(new ClientPiece(ScriptedHandshake.Hello, replies));
                    break;
                case "S:":
                    transcript.Server.Add(new ExpectedLine(rest == "..." ? ExpectedKind.RestOfReply : ExpectedKind.Line, rest, number));
                    // A reply counts with its first line: "250-" begins one, "..." and the lines behind "250-" go on with it.
                    if (!inReply && rest != "...")
                        replies++;
                    inReply = rest.Length > 3 && rest[3] == '-';
                    break;
                case "S=":
                    transcript.Server.Add(new ExpectedLine(ExpectedKind.WholeLine, Encoding.Latin1.GetString(Escapes.Decode(rest)), number));
                    if (!inReply)
                        replies++;
                    inReply = rest.Length > 3 && rest[3] == '-';
                    break;
                case "S+":
                    transcript.Server.Add(new ExpectedLine(ExpectedKind.Has, rest, number));
                    break;
                case "S-":
                    transcript.Server.Add(new ExpectedLine(ExpectedKind.HasNot, rest, number));
                    break;
                case "M:":
                    transcript.Messages.Add(new ExpectedMessage(rest, number));
                    break;
                case "R:":
                    transcript.Messages.Add(new ExpectedMessage(rest, number) { IsReset = true });
                    break;
                case "D:":
                    (transcript.Messages[^1].Content ??= []).AddRange(Escapes.Decode(rest));
                    break;
                case "A:":
                    transcript.Messages[^1].Aborted = rest;
                    break;
                case "X:":
                    transcript.ServerCloses = true;
                    break;
                default:
                    throw new FormatException($"{name}.smtp:{number}: \"{line}\" is no line of a transcript; see Transcripts/README.md.");
            }
        }

        return transcript;
    }

    /// <summary>What a client that pipelines everything can send at once: it must wait before each handshake.</summary>
    public List<ClientPiece> Bursts()
    {
        var bursts = new List<ClientPiece>();
        foreach (var (from, to) in Handshakes.Prepend(0).Zip(Handshakes.Append(Client.Count)))
        {
            var pieces = Client[from..to];
            if (pieces.Count > 0)
                bursts.Add(new ClientPiece([.. pieces.SelectMany(piece => piece.Octets)], from == 0 ? 0 : pieces[0].RepliesBefore));
        }

        return bursts;
    }
}

internal enum ExpectedKind
{
    Line,
    WholeLine,
    RestOfReply,
    Has,
    HasNot,
}

internal sealed record ExpectedLine(ExpectedKind Kind, string Text, int LineNumber);

internal sealed record ExpectedMessage(string Envelope, int LineNumber)
{
    public List<byte>? Content { get; set; }

    public string? Aborted { get; set; }

    public bool IsReset { get; init; }

    public override string ToString() => IsReset ? $"{Envelope} | reset"
        : $"{Envelope} | {(Aborted is null ? Escapes.Encode([.. Content ?? []]) : "aborted: " + Aborted)}";
}
