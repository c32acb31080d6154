using System.Text;

namespace Smtpd.Server.Mime;

/// <summary><c>format=flowed</c> (RFC 3676): lines that end with a blank go on with the next one, if that is quoted as deep.</summary>
internal static class FlowedText
{
    /// <param name="text">With LF.</param>
    /// <param name="delSp">The blank at the end of a line that goes on is not part of the text.</param>
    public static string Unfold(string text, bool delSp)
    {
        StringBuilder result = new(text.Length);
        var rest = text.AsSpan();
        var open = -1; // how deep the line that goes on is quoted
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf('\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            var depth = line.IndexOfAnyExcept('>');
            depth = depth < 0 ? line.Length : depth;
            var content = line[depth..];
            if (content is [' ', ..])
                content = content[1..]; // stuffed
            var isSignature = content is "-- ";
            if (open >= 0 && (open != depth || isSignature))
                (open, _) = (-1, result.Append('\n'));
            if (open < 0 && depth > 0)
                result.Append('>', depth).Append(content.IsEmpty ? "" : " ");
            var isOpen = !isSignature && content is [.., ' '];
            result.Append(isOpen && delSp ? content[..^1] : content);
            open = isOpen ? depth : -1;
            if (!isOpen && end >= 0)
                result.Append('\n');
        }

        return result.ToString();
    }
}
