using System.Globalization;
using System.Text;
using Smtpd.Text;

namespace Smtpd;

/// <summary>The latest part of a connection's dialogue as people read it: <c>C:</c> and <c>S:</c> lines, content by its length only, passwords and tokens blanked.</summary>
/// <remarks>Read it in a hook, where nothing is being written.</remarks>
public sealed class SmtpTranscript
{
    private const int LongestLine = 512;

    private readonly Queue<string> lines = new();
    private readonly int longest;
    private int length;
    private bool isCut;

    internal SmtpTranscript(int longest) => this.longest = longest;

    /// <summary>The lines, each ended by LF; <c>...</c> stands for older ones that were dropped.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(length + 4);
        if (isCut)
            text.Append("...\n");
        foreach (var line in lines)
            text.Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>Forgets what was recorded, so that the next message begins its own record.</summary>
    public void Clear()
    {
        lines.Clear();
        length = 0;
        isCut = false;
    }

    internal void Client(ReadOnlySpan<byte> line) => Add("C: ", Printable(line[..Math.Min(line.Length, LongestLine)]));

    internal void Client(string text) => Add("C: ", text);

    internal void Server(SmtpReply reply)
    {
        foreach (var line in reply.ToString().Split("\r\n"))
            Add("S: ", line);
    }

    /// <summary>Something that was no line of the dialogue.</summary>
    internal void Note(FormattableString note) => Add("-- ", note.ToString(CultureInfo.InvariantCulture));

    private static string Printable(ReadOnlySpan<byte> line)
    {
        var text = StrictUtf8.TryDecode(line, out var decoded) ? decoded : Encoding.Latin1.GetString(line);
        return string.Create(text.Length, text, static (safe, from) =>
        {
            for (var i = 0; i < safe.Length; i++)
                safe[i] = PrintableText.IsPrintable(from, i) ? from[i] : '?';
        });
    }

    private void Add(string prefix, string text)
    {
        var line = prefix + text;
        lines.Enqueue(line);
        length += line.Length + 1;
        while (length > longest && lines.TryDequeue(out var dropped))
        {
            length -= dropped.Length + 1;
            isCut = true;
        }
    }
}
