using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>What every octet the server sends must keep (RFC 5321 §4.2.1, §4.5.3.1.5, RFC 2034 §4).</summary>
internal static class ReplyLaws
{
    /// <param name="sent">All the server sent.</param>
    /// <param name="lines">Gets the lines.</param>
    public static IEnumerable<string> Broken(byte[] sent, List<string> lines)
    {
        if (sent.Length == 0)
            yield break;
        if (!sent.AsSpan().EndsWith("\r\n"u8))
            yield return "The last reply has no CRLF.";

        string? open = null;
        foreach (var line in Encoding.Latin1.GetString(sent).Split("\r\n")[..^1])
        {
            lines.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(line)));
            if (Flaw(line) is { } flaw)
                yield return $"The reply line \"{Escapes.Encode(Encoding.Latin1.GetBytes(line))}\" {flaw}.";
            if (line.Length < 3)
                continue;
            if (open is not null && open != line[..3])
                yield return $"The lines of one reply have two codes, {open} and {line[..3]}.";
            open = line.Length > 3 && line[3] == '-' ? line[..3] : null;
        }

        if (open is not null)
            yield return "The last reply has no last line.";
    }

    private static string? Flaw(string line)
    {
        if (line.Length > 510)
            return "is longer than 512 octets";
        if (line.Length < 3 || line[0] is < '2' or > '5' || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2]) || (line.Length > 3 && line[3] is not (' ' or '-')))
            return "does not begin with a code";
        if (line.Any(c => c is < ' ' or '\x7f'))
            return "holds a control character";
        if (line.Any(c => c > '\x7f'))
            return "is not ASCII";
        // An enhanced code is of the class of its reply.
        return line.Length > 8 && char.IsAsciiDigit(line[4]) && line[5] == '.' && char.IsAsciiDigit(line[6]) && line[4] != line[0]
            && line[6..].Contains('.', StringComparison.Ordinal) && line[0] != '3'
            ? "has an enhanced code of another class" : null;
    }
}
