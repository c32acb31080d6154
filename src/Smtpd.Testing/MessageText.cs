using System.Globalization;
using System.Text;

namespace Smtpd.Testing;

/// <summary>The header and the text of a message, read for a look in a test: nothing here refuses a message.</summary>
internal sealed class MessageText
{
    public MessageText(ReadOnlySpan<byte> content)
    {
        var headers = new List<KeyValuePair<string, string>>();
        var rest = content;
        while (rest.Length > 0)
        {
            var field = TakeField(ref rest);
            if (field.Length == 0)
                break;
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                headers.Add(new(field[..colon].TrimEnd(), EncodedWords.Decode(field[(colon + 1)..].Trim())));
        }

        Headers = headers;
        Body = DecodeBody(rest);
    }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    public string Body { get; }

    public static Encoding Charset(string? name)
    {
        try
        {
            return name is null ? Encoding.UTF8 : Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Encoding.Latin1;
        }
    }

    /// <summary>Octets written as <c>=41</c>; what is not so written stands for itself.</summary>
    /// <param name="text">The text.</param>
    /// <param name="underscoreIsBlank">As in encoded words (RFC 2047 §4.2).</param>
    public static byte[] DecodeQuotedPrintable(ReadOnlySpan<byte> text, bool underscoreIsBlank)
    {
        var octets = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else if (text[i] == '=' && text[(i + 1)..].StartsWith("\r\n"u8))
            {
                i += 2;
            }
            else
            {
                octets.Add(underscoreIsBlank && text[i] == '_' ? (byte)' ' : text[i]);
            }
        }

        return [.. octets];
    }

    public static byte[] DecodeBase64(ReadOnlySpan<byte> text)
    {
        try
        {
            return Convert.FromBase64String(Encoding.Latin1.GetString(text));
        }
        catch (FormatException)
        {
            return text.ToArray();
        }
    }

    /// <summary>One field, unfolded; an empty text at the end of the header.</summary>
    private static string TakeField(ref ReadOnlySpan<byte> rest)
    {
        var field = new StringBuilder();
        do
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            field.Append(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')));
        }
        while (field.Length > 0 && rest.Length > 0 && rest[0] is (byte)' ' or (byte)'\t');

        return field.ToString();
    }

    private string DecodeBody(ReadOnlySpan<byte> body)
    {
        var charset = Charset(Parameter(Field("Content-Type"), "charset"));
        var encoding = Field("Content-Transfer-Encoding").Trim();
        if (encoding.Equals("base64", StringComparison.OrdinalIgnoreCase))
            return charset.GetString(DecodeBase64(body));
        return encoding.Equals("quoted-printable", StringComparison.OrdinalIgnoreCase)
            ? charset.GetString(DecodeQuotedPrintable(body, underscoreIsBlank: false))
            : charset.GetString(body);
    }

    private string Field(string name) => Headers.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value ?? string.Empty;

    private static string? Parameter(string field, string name)
    {
        foreach (var part in field.Split(';').Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return part[(equals + 1)..].Trim().Trim('"');
        }

        return null;
    }
}
