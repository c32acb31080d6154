using System.Globalization;
using System.Text;

namespace Smtpd.Tests.Dialogues;

/// <summary>The escapes of transcript lines: <c>\r \n \t \0 \\ \xHH</c> and <c>\{text*400}</c>.</summary>
internal static class Escapes
{
    public static byte[] Decode(string text)
    {
        var octets = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                var rune = Rune.GetRuneAt(text, i);
                octets.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                i += rune.Utf16SequenceLength - 1;
                continue;
            }

            i++;
            switch (text[i])
            {
                case 'r': octets.Add((byte)'\r'); break;
                case 'n': octets.Add((byte)'\n'); break;
                case 't': octets.Add((byte)'\t'); break;
                case '0': octets.Add(0); break;
                case '\\': octets.Add((byte)'\\'); break;
                case 'x':
                    octets.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                case '{':
                    var end = text.IndexOf('}', i);
                    var times = text.LastIndexOf('*', end);
                    var unit = Decode(text[(i + 1)..times]);
                    for (var n = int.Parse(text.AsSpan((times + 1)..end), NumberStyles.None, CultureInfo.InvariantCulture); n > 0; n--)
                        octets.AddRange(unit);
                    i = end;
                    break;
                default:
                    throw new FormatException($"\\{text[i]} is no escape; see Transcripts/README.md.");
            }
        }

        return [.. octets];
    }

    /// <summary>Octets as a transcript would write them, shortened in the middle when long.</summary>
    public static string Encode(ReadOnlySpan<byte> octets, int longest = 300)
    {
        var text = new StringBuilder();
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets.Length > longest && i == longest / 2)
            {
                text.Append(CultureInfo.InvariantCulture, $" […{octets.Length - longest} more…] ");
                i = octets.Length - longest / 2;
            }

            _ = octets[i] switch
            {
                (byte)'\r' => text.Append(@"\r"),
                (byte)'\n' => text.Append(@"\n"),
                (byte)'\t' => text.Append(@"\t"),
                0 => text.Append(@"\0"),
                (byte)'\\' => text.Append(@"\\"),
                >= 32 and < 127 => text.Append((char)octets[i]),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{octets[i]:x2}"),
            };
        }

        return text.ToString();
    }
}
