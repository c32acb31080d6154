using System.Globalization;
using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>Plays a transcript against a server in memory and compares.</summary>
internal sealed class Player : IAsyncDisposable
{
    // A dialogue in memory takes well under a millisecond. Whoever takes this long hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Transcript transcript;
    private readonly Setup setup;
    private readonly SmtpServer server;
    private readonly List<ClientPiece> bursts;

    public Player(Transcript transcript)
    {
        this.transcript = transcript;
        (setup, server) = Setup.For(transcript);
        bursts = transcript.Bursts();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    public int InputLength => bursts.Sum(burst => burst.Octets.Length);

    public Task PlayWholeAsync() => PlayAsync("all at once", bursts, BodyView.Pieces, later: false);

    public Task PlayLineByLineAsync() => PlayAsync("line by line", transcript.Client, BodyView.Stream, later: false);

    public Task PlayLaterAsync() => PlayAsync("all at once, the handler takes its time", bursts, BodyView.Copy, later: true);

    public Task PlayBySizeAsync(int size) =>
        PlayAsync(
            $"by {size} octets",
            bursts.SelectMany(burst => burst.Octets.Chunk(size).Select(octets => new ClientPiece(octets, burst.RepliesBefore))),
            BodyView.Reader,
            later: false,
            small: true);

    public Task PlayCutAtAsync(int offset)
    {
        var pieces = new List<ClientPiece>();
        var next = string.Empty;
        var start = 0;
        foreach (var burst in bursts)
        {
            var at = offset - start;
            if (at > 0 && at < burst.Octets.Length)
            {
                pieces.Add(burst with { Octets = burst.Octets[..at] });
                pieces.Add(burst with { Octets = burst.Octets[at..] });
                next = Escapes.Encode(burst.Octets.AsSpan(at, Math.Min(12, burst.Octets.Length - at)));
            }
            else
            {
                pieces.Add(burst);
            }

            start += burst.Octets.Length;
        }

        return PlayAsync($"cut at octet {offset}, before {next}", pieces, (BodyView)(offset % 4), later: false);
    }

    private async Task PlayAsync(string way, IEnumerable<ClientPiece> pieces, BodyView view, bool later, bool small = false)
    {
        var recording = new Recording();
        (setup.Recording, setup.View, setup.Later) = (recording, view, later);
        var run = await DuplexRun.ServeAsync(server, pieces, !transcript.ServerCloses, Patience, setup.Endpoint, setup.Peer);

        var differences = new List<string>();
        if (run.Hangs)
            differences.Add($"The connection hangs: it neither went on nor closed within {Patience.TotalSeconds:0} s.");
        if (run.Failure is { } failure)
            differences.Add("ServeConnectionAsync threw: " + failure);
        Compare(run.Sent, recording, small, differences);
        if (differences.Count == 0)
            return;
        Assert.Fail($"{transcript.Name}.smtp, {way}:\n{string.Join('\n', differences)}\n\n{SideBySide(run.Sent, recording)}");
    }

    private void Compare(byte[] sent, Recording recording, bool small, List<string> differences)
    {
        var lines = Lines(sent, differences);
        var next = 0;
        var replyStart = 0;
        foreach (var expected in transcript.Server)
        {
            switch (expected.Kind)
            {
                case ExpectedKind.Line or ExpectedKind.WholeLine:
                    if (next >= lines.Count)
                    {
                        differences.Add($"line {expected.LineNumber}: \"{expected.Text}\" never came.");
                        continue;
                    }

                    if (next == 0 || IsLast(lines[next - 1]))
                        replyStart = next;
                    CompareLine(expected, lines[next++], differences);
                    break;
                case ExpectedKind.RestOfReply:
                    while (next < lines.Count && next > 0 && !IsLast(lines[next - 1]))
                        next++;
                    break;
                case ExpectedKind.Has:
                    if (!lines[replyStart..next].Exists(line => Text(line) == expected.Text))
                        differences.Add($"line {expected.LineNumber}: the reply has no line \"{expected.Text}\".");
                    break;
                default:
                    if (lines[replyStart..next].Exists(line => Text(line).StartsWith(expected.Text, StringComparison.Ordinal)))
                        differences.Add($"line {expected.LineNumber}: the reply has a line \"{expected.Text}\".");
                    break;
            }
        }

        differences.AddRange(lines.Skip(next).Select(line => $"Nobody expected \"{line}\"."));
        CompareMessages(recording, small, differences);
    }

    private static void CompareLine(ExpectedLine expected, string line, List<string> differences)
    {
        if (expected.Kind == ExpectedKind.WholeLine ? line != expected.Text : !line.StartsWith(expected.Text, StringComparison.Ordinal))
            differences.Add($"line {expected.LineNumber}: \"{expected.Text}\" was expected, \"{line}\" came.");
        else if (ExpectsNoStatus(expected.Text) && EnhancedStatus.TryParse(Text(line).Split(' ')[0], out _))
            differences.Add($"line {expected.LineNumber}: \"{line}\" carries an enhanced status code where none belongs.");
    }

    private static bool ExpectsNoStatus(string text) => text.Length == 4 || (text.Length > 5 && !(char.IsAsciiDigit(text[4]) && text[5] == '.'));

    private void CompareMessages(Recording recording, bool small, List<string> differences)
    {
        var messages = recording.Messages.FindAll(message => !message.IsDropped);
        for (var i = 0; i < Math.Max(transcript.Messages.Count, messages.Count); i++)
        {
            var expected = i < transcript.Messages.Count ? transcript.Messages[i] : null;
            var actual = i < messages.Count ? messages[i] : null;
            var same = expected is not null && actual is not null && expected.Envelope == actual.Envelope && IsSame(expected, actual, small);
            if (!same)
                differences.Add($"line {expected?.LineNumber}: message {i + 1} was expected as\n    {expected?.ToString() ?? "(none)"}\n  and is\n    {actual?.ToString() ?? "(none)"}");
        }

        differences.AddRange(recording.BrokenLaws);
        if (recording.OpenTransactions != 0)
            differences.Add($"{recording.OpenTransactions} transaction(s) never ended, neither by a message nor by a reset.");
    }

    // Whether a handler had begun to read a large message when it was spoilt depends on how much came at a time; with small pieces it had.
    private static bool IsSame(ExpectedMessage expected, RecordedMessage actual, bool small)
    {
        if (expected.IsReset || actual.IsReset)
            return expected.IsReset == actual.IsReset || (expected.Aborted is not null && !small);
        return expected.Aborted == actual.Aborted
            && (expected.Aborted is not null || actual.Content.AsSpan().SequenceEqual([.. expected.Content ?? []]));
    }

    /// <summary>The lines of the server, checked against what every reply must keep.</summary>
    private static List<string> Lines(byte[] sent, List<string> differences)
    {
        var lines = new List<string>();
        differences.AddRange(ReplyLaws.Broken(sent, lines));
        if (Encoding.Latin1.GetString(sent).Contains(Rules.Secret, StringComparison.Ordinal))
            differences.Add("The text of an exception was shown to the client.");
        return lines;
    }

    private static bool IsLast(string line) => line.Length < 4 || line[3] == ' ';

    private static string Text(string line) => line.Length > 4 ? line[4..] : string.Empty;

    private string SideBySide(byte[] sent, Recording recording)
    {
        var actual = new Queue<string>(Encoding.Latin1.GetString(sent).Split("\r\n").SkipLast(1).Select(line => Escapes.Encode(Encoding.Latin1.GetBytes(line))));
        var text = new StringBuilder();
        var last = string.Empty;
        Row("expected", "actual");
        foreach (var expected in transcript.Server)
        {
            var shown = $"{expected.LineNumber,3} {expected.Kind switch { ExpectedKind.Has => "S+ ", ExpectedKind.HasNot => "S- ", _ => string.Empty }}{expected.Text}";
            if (expected.Kind is ExpectedKind.Line or ExpectedKind.WholeLine)
            {
                last = actual.TryDequeue(out var line) ? line : "(nothing)";
                Row(shown, last);
                continue;
            }

            Row(shown, string.Empty);
            while (expected.Kind == ExpectedKind.RestOfReply && !IsLast(last) && actual.TryDequeue(out var more))
                Row(string.Empty, last = more);
        }

        foreach (var line in actual)
            Row("(nothing)", line);
        foreach (var message in recording.Messages)
            text.Append(CultureInfo.InvariantCulture, $"the handler got {message}\n");
        return text.ToString();

        void Row(string left, string right) => text.Append(CultureInfo.InvariantCulture, $"{left,-50} | {right}\n");
    }
}
