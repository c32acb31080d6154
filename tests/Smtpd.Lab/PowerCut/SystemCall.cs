using System.Globalization;
using System.Text;

namespace Smtpd.Lab.PowerCut;

/// <summary>A line of strace's output (<c>-f -y -xx</c>): every string in it is hexadecimal, so a comma or a quote is always strace's own.</summary>
/// <param name="Entered">Number of the line on which it was called; <paramref name="Returned"/>, on which it returned. Between them other threads were at work.</param>
internal sealed record SystemCall(string Name, string Arguments, long Result, int Entered, int Returned)
{
    private const string Unfinished = " <unfinished ...>";
    private const string Resumed = " resumed>";

    /// <summary>All calls, by the line on which they returned.</summary>
    public static IEnumerable<SystemCall> ReadAll(IEnumerable<string> lines)
    {
        Dictionary<string, (string Text, int Line)> open = [];
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            var (thread, text) = (line[..blank], line[blank..].TrimStart());
            if (text.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                open[thread] = (text[..^Unfinished.Length], number);
                continue;
            }

            var entered = number;
            if (text.StartsWith("<... ", StringComparison.Ordinal))
            {
                if (!open.Remove(thread, out var begun))
                    continue; // it had been called before strace came
                (text, entered) = (begun.Text + text[(text.IndexOf(Resumed, StringComparison.Ordinal) + Resumed.Length)..], begun.Line);
            }

            if (Parse(text, entered, number) is SystemCall call)
                yield return call;
        }
    }

    /// <summary>The path behind the number of a descriptor.</summary>
    public static string PathOfDescriptor(string argument)
    {
        var start = argument.IndexOf('<', StringComparison.Ordinal);
        return start < 0 ? "" : Text(argument[(start + 1)..argument.IndexOf('>', start)]);
    }

    /// <summary>The arguments, where none of them is a structure.</summary>
    public string[] Split() => Arguments.Split(", ");

    /// <summary>A quoted string.</summary>
    public static byte[] Octets(string quoted)
    {
        if (!quoted.StartsWith('"') || !quoted.EndsWith('"'))
            throw new FormatException("strace has cut a string: " + quoted[..Math.Min(100, quoted.Length)]);
        var octets = new byte[(quoted.Length - 2) / 4];
        for (var i = 0; i < octets.Length; i++)
            octets[i] = (byte)((HexDigit(quoted[1 + 4 * i + 2]) << 4) | HexDigit(quoted[1 + 4 * i + 3]));
        return octets;
    }

    public static string Text(string hexadecimal) =>
        hexadecimal.StartsWith("\\x", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Octets('"' + hexadecimal + '"')) : hexadecimal;

    private static SystemCall? Parse(string text, int entered, int returned)
    {
        var bracket = text.IndexOf('(', StringComparison.Ordinal);
        var end = text.LastIndexOf(") = ", StringComparison.Ordinal);
        if (end < 0)
            end = text.LastIndexOf(')') is var last and > 0 && text.AsSpan(last).Contains('=') ? last : -1; // padded: `) <blanks>= 0`
        if (bracket < 0 || end < bracket)
            return null; // a signal, or the end of a thread
        var result = text[(text.IndexOf('=', end) + 1)..].Trim();
        var digits = result.AsSpan(0, result.AsSpan(1).IndexOfAnyExceptInRange('0', '9') is var length and >= 0 ? length + 1 : result.Length);
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? new(text[..bracket], text[(bracket + 1)..end], value, entered, returned)
            : null;
    }

    private static int HexDigit(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
