using System.Text;
using System.Text.RegularExpressions;

namespace Smtpd.Testing;

/// <summary>Encoded words of header fields (RFC 2047 §2), such as <c>=?utf-8?Q?Gr=C3=BC=C3=9Fe?=</c>.</summary>
internal static partial class EncodedWords
{
    public static string Decode(string field)
    {
        var text = new StringBuilder(field.Length);
        var octets = new List<byte>();
        var charset = Encoding.UTF8;
        var at = 0;
        foreach (Match word in Word().Matches(field))
        {
            var between = field.AsSpan(at, word.Index - at);
            var next = MessageText.Charset(word.Groups["charset"].Value);
            // RFC 2047 §6.2: the blanks between two encoded words are not there. A character may be cut by their border, against §5, and is.
            if (octets.Count == 0 || !between.IsWhiteSpace() || !next.Equals(charset))
            {
                text.Append(charset.GetString([.. octets]));
                if (octets.Count == 0 || !between.IsWhiteSpace())
                    text.Append(between);
                octets.Clear();
            }

            charset = next;
            octets.AddRange(Octets(word));
            at = word.Index + word.Length;
        }

        return text.Append(charset.GetString([.. octets])).Append(field, at, field.Length - at).ToString();
    }

    private static byte[] Octets(Match word)
    {
        var encoded = Encoding.UTF8.GetBytes(word.Groups["text"].Value);
        return word.Groups["encoding"].Value is "B" or "b"
            ? MessageText.DecodeBase64(encoded)
            : MessageText.DecodeQuotedPrintable(encoded, underscoreIsBlank: true);
    }

    [GeneratedRegex(@"=\?(?<charset>[^?*\s]+)(?:\*[^?\s]*)?\?(?<encoding>[BbQq])\?(?<text>[^?\s]*)\?=", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
